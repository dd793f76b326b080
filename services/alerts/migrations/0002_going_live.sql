-- Until when the past of a partition was built, and whether what held then has been opened.
CREATE TABLE alert_partitions (
  partition_number BIGINT PRIMARY KEY,
  live_micros BIGINT NOT NULL,
  opened BIGINT NOT NULL
);

-- Alerts that held as a past went live, of which people are to be told in one digest.
CREATE TABLE alert_go_live (
  alert_id TEXT PRIMARY KEY,
  created_micros BIGINT NOT NULL
);

-- Ties on the board are ordered by it.
ALTER TABLE alert_cases ADD COLUMN at_risk_minor BIGINT NOT NULL DEFAULT 0;
-- When the case was written last: what a watch that begins again has missed.
ALTER TABLE alert_cases ADD COLUMN changed_micros BIGINT NOT NULL DEFAULT 0;
DROP INDEX alert_cases_board;
CREATE INDEX alert_cases_board ON alert_cases (priority DESC, at_risk_minor DESC, began_micros, alert_id);
CREATE INDEX alert_cases_changed ON alert_cases (changed_micros);
