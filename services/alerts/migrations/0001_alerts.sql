-- Conditions: the state of a subject in the fold of its partition.
CREATE TABLE alert_subjects (
  partition_number BIGINT NOT NULL,
  subject TEXT NOT NULL,
  state BYTEA NOT NULL,
  PRIMARY KEY (partition_number, subject)
);

-- Partitions whose conditions are being folded again from the beginning.
CREATE TABLE alert_refolds (
  partition_number BIGINT PRIMARY KEY
);

-- Cases. What is asked for stands in columns; all of it in `stored`.
CREATE TABLE alert_cases (
  alert_id TEXT PRIMARY KEY,
  rule_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  sequence BIGINT NOT NULL,
  partition_number BIGINT NOT NULL,
  state BIGINT NOT NULL,
  level BIGINT NOT NULL,
  priority BIGINT NOT NULL,
  -- When it fired, or began to wait.
  began_micros BIGINT NOT NULL,
  backfill BIGINT NOT NULL,
  -- The durable timer: when it escalates unless acknowledged before.
  escalate_micros BIGINT,
  stored BYTEA NOT NULL
);
CREATE UNIQUE INDEX alert_cases_sequence ON alert_cases (rule_id, subject, sequence);
-- The same rule and subject never have two open cases (L3); 4 is resolved.
CREATE UNIQUE INDEX alert_cases_one_open ON alert_cases (rule_id, subject) WHERE state <> 4;
CREATE INDEX alert_cases_board ON alert_cases (priority DESC, began_micros, alert_id);
CREATE INDEX alert_cases_subject ON alert_cases (subject);
CREATE INDEX alert_cases_open ON alert_cases (partition_number) WHERE state <> 4;
CREATE INDEX alert_cases_escalate ON alert_cases (escalate_micros) WHERE escalate_micros IS NOT NULL;

CREATE TABLE alert_timeline (
  alert_id TEXT NOT NULL,
  entry_number BIGINT NOT NULL,
  entry BYTEA NOT NULL,
  PRIMARY KEY (alert_id, entry_number)
);

-- Webhook deliveries: 1 under way, 2 delivered, 3 given up.
CREATE TABLE alert_deliveries (
  target TEXT NOT NULL,
  alert_id TEXT NOT NULL,
  entry_number BIGINT NOT NULL,
  state BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  failures BIGINT NOT NULL,
  created_micros BIGINT NOT NULL,
  next_attempt_micros BIGINT NOT NULL,
  last_result TEXT NOT NULL,
  -- Some attempt may have reached the receiver without our knowing.
  ambiguous BIGINT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (target, alert_id, entry_number)
);
CREATE INDEX alert_deliveries_due ON alert_deliveries (target, next_attempt_micros) WHERE state = 1;
