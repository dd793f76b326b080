CREATE TABLE request_ids (
  request_id TEXT PRIMARY KEY,
  content_hash BIGINT NOT NULL,
  answer BYTEA NOT NULL,
  answered_micros BIGINT NOT NULL
);
CREATE INDEX request_ids_answered ON request_ids (answered_micros);
