-- Timers that are set. A row is deleted in the transaction of what its firing does.
CREATE TABLE timers (
  kind TEXT NOT NULL,
  subject_type TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  due_micros BIGINT NOT NULL,
  -- 1: people depend on it, so that it does not wait for a clock that is silent.
  urgent BIGINT NOT NULL,
  payload BYTEA,  -- NULL: none
  -- How often it failed, and when it is tried again by the wall clock; NULL unless it failed.
  attempts BIGINT NOT NULL,
  retry_micros BIGINT,
  PRIMARY KEY (kind, subject_type, subject_id)
);
-- What is due is read in the order it fires in, and nothing else is.
CREATE INDEX timers_due ON timers (urgent, due_micros, subject_type, subject_id, kind)
  WHERE retry_micros IS NULL;
CREATE INDEX timers_retry ON timers (retry_micros) WHERE retry_micros IS NOT NULL;
