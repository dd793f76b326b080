-- Import runs: each is under way until it ends or its lease runs out.
CREATE TABLE import_runs (
  import_run TEXT PRIMARY KEY,
  source TEXT NOT NULL,
  principal TEXT NOT NULL,
  started_micros BIGINT NOT NULL,
  lease_end_micros BIGINT NOT NULL,
  ended_micros BIGINT
);
