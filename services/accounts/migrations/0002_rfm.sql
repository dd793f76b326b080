-- How far each partition of the signals topic has been read. Changes together with what was read.
CREATE TABLE signals_positions (
  partition BIGINT PRIMARY KEY,
  log_id TEXT NOT NULL,
  next_offset BIGINT NOT NULL,
  -- Time of the first and of the last tick; NULL before any.
  first_watermark_micros BIGINT,
  watermark_micros BIGINT
);

-- Order figures of an account as they stand at a local midnight, a row for each midnight at which
-- they changed. The latest row at or before a cut is what the cut reads.
CREATE TABLE rfm_figures (
  partition BIGINT NOT NULL,
  account_id TEXT NOT NULL,
  midnight_micros BIGINT NOT NULL,
  -- Version of the signal they come from.
  version BIGINT NOT NULL,
  -- NULL: no data.
  last_order_day BIGINT,
  order_count BIGINT,
  order_value_minor BIGINT,
  PRIMARY KEY (partition, account_id, midnight_micros)
);
CREATE INDEX rfm_figures_midnight ON rfm_figures (midnight_micros);

CREATE TABLE rfm_cuts (
  cut_micros BIGINT PRIMARY KEY,
  -- bellwether.accounts.v1.StoredRfmCut
  ranking BYTEA NOT NULL
);

-- The level each account has had since which cut.
CREATE TABLE rfm_levels (
  account_id TEXT PRIMARY KEY,
  level BIGINT NOT NULL,
  since_micros BIGINT NOT NULL
);

CREATE TABLE rfm_changes (
  account_id TEXT NOT NULL,
  cut_micros BIGINT NOT NULL,
  -- NULL: the account's first level.
  previous_level BIGINT,
  level BIGINT NOT NULL,
  PRIMARY KEY (account_id, cut_micros)
);

-- One row: the next cut to take; NULL before any partition has a watermark.
CREATE TABLE rfm_schedule (
  id BIGINT PRIMARY KEY,
  next_cut_micros BIGINT,
  -- Cuts are taken from the first one on that has an account to rank.
  begun BIGINT NOT NULL
);
INSERT INTO rfm_schedule (id, next_cut_micros, begun) VALUES (1, NULL, 0);
