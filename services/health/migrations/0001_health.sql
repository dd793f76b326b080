-- State of the fold, one row a partition: what belongs to no account.
CREATE TABLE health_partition (
  partition BIGINT NOT NULL PRIMARY KEY,
  -- Offset of the last record applied and its stream time; what account states speak of.
  applied_offset BIGINT NOT NULL,
  applied_at BIGINT NOT NULL,
  -- Journal offset of the active model's activation, -1 for none.
  activation_offset BIGINT NOT NULL,
  -- History segment that is still open.
  open_segment BIGINT NOT NULL
);

-- One packed state an account (services/health/domain/account_codec.h).
CREATE TABLE health_account (
  partition BIGINT NOT NULL,
  account TEXT NOT NULL,
  state BYTEA NOT NULL,
  PRIMARY KEY (partition, account)
);

-- Every model that entered a partition, whole.
CREATE TABLE health_activation (
  partition BIGINT NOT NULL,
  journal_offset BIGINT NOT NULL,
  applied_at BIGINT NOT NULL,
  entry BYTEA NOT NULL,
  PRIMARY KEY (partition, journal_offset)
);

-- One closed local day of an account as known from an instant on. Rows are never changed: what was
-- shown stays on record, also when a later fold comes to another figure.
CREATE TABLE health_snapshot (
  account TEXT NOT NULL,
  day BIGINT NOT NULL,
  known_at BIGINT NOT NULL,
  restated BIGINT NOT NULL,
  fold_version BIGINT NOT NULL,
  snapshot BYTEA NOT NULL,
  PRIMARY KEY (account, day, known_at)
);

-- What became of the facts of an import run, by partition.
CREATE TABLE health_import (
  partition BIGINT NOT NULL,
  import_run TEXT NOT NULL,
  counted BIGINT NOT NULL,
  duplicates BIGINT NOT NULL,
  conflicts BIGINT NOT NULL,
  late BIGINT NOT NULL,
  too_old BIGINT NOT NULL,
  PRIMARY KEY (partition, import_run)
);

-- Sealed history: records of 131 072 offsets, sorted by account, compressed in blocks.
CREATE TABLE health_history_segment (
  partition BIGINT NOT NULL,
  segment BIGINT NOT NULL,
  -- Stream time after the segment's last record: where the next one begins.
  stream_now BIGINT NOT NULL,
  newest_tick BIGINT NOT NULL,
  records BIGINT NOT NULL,
  PRIMARY KEY (partition, segment)
);
CREATE TABLE health_history_block (
  partition BIGINT NOT NULL,
  segment BIGINT NOT NULL,
  block BIGINT NOT NULL,
  first_account BYTEA NOT NULL,
  last_account BYTEA NOT NULL,
  content BYTEA NOT NULL,
  PRIMARY KEY (partition, segment, block)
);

-- The model this service has put into the journal last, so that a start does it once.
CREATE TABLE health_shipped_model (
  singleton BIGINT NOT NULL PRIMARY KEY,
  fingerprint BIGINT NOT NULL,
  activated_at BIGINT NOT NULL
);
