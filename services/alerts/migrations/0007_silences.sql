-- Silences (L3): what is asked for stands in columns; all of it in `stored`.
CREATE TABLE alert_silences (
  silence_id TEXT PRIMARY KEY,
  start_micros BIGINT NOT NULL,
  -- Also of one that was ended before its time.
  end_micros BIGINT NOT NULL,
  stored BYTEA NOT NULL
);
CREATE INDEX alert_silences_end ON alert_silences (end_micros, silence_id);

-- A notification of the case was held back by a silence, and nothing has been notified since.
ALTER TABLE alert_cases ADD COLUMN held_back BIGINT NOT NULL DEFAULT 0;
CREATE INDEX alert_cases_held_back ON alert_cases (alert_id) WHERE held_back = 1 AND state <> 4;
