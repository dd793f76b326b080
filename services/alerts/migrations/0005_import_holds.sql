-- Imports under way in a partition, each until its lease ends in stream time.
CREATE TABLE alert_import_runs (
  partition_number BIGINT NOT NULL,
  import_run TEXT NOT NULL,
  lease_end_micros BIGINT NOT NULL,
  PRIMARY KEY (partition_number, import_run)
);

-- Accounts whose judgement waits for an import to end. No row once they are judged.
CREATE TABLE alert_import_holds (
  partition_number BIGINT NOT NULL,
  account TEXT NOT NULL,
  hold BYTEA NOT NULL,
  PRIMARY KEY (partition_number, account)
);
