-- How far the facts topic has been taken: every record of `log_id` before next_offset is in the
-- journal or among the dead letters. Without a row nothing is.
CREATE TABLE facts_offsets (
  partition_number BIGINT PRIMARY KEY,
  log_id TEXT NOT NULL,
  next_offset BIGINT NOT NULL
);
