-- What became of the latest attempts to reach each receiver.
CREATE TABLE alert_channels (
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  success_micros BIGINT,
  failure_micros BIGINT,
  failure_reason TEXT NOT NULL,
  failure_detail TEXT NOT NULL,
  PRIMARY KEY (kind, name)
);
