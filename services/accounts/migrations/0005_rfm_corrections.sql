-- What turned out of closed days' order figures and is not part of a corrected cut yet.
CREATE TABLE rfm_restated (
  partition BIGINT NOT NULL,
  account_id TEXT NOT NULL,
  -- Begin of the correction interval in which it became known.
  known_micros BIGINT NOT NULL,
  -- bellwether.accounts.v1.StoredRestatedFigures
  figures BYTEA NOT NULL,
  PRIMARY KEY (partition, account_id, known_micros)
);
CREATE INDEX rfm_restated_known ON rfm_restated (known_micros);

-- Instants at which cuts are to be corrected by what became known before.
CREATE TABLE rfm_corrections (
  due_micros BIGINT PRIMARY KEY
);
