CREATE TABLE outbox (
  -- Given under the lock on outbox_head, so the order of positions is the order of commits.
  position BIGINT PRIMARY KEY,
  subject TEXT NOT NULL,
  entity_version BIGINT NOT NULL,
  topic TEXT NOT NULL,
  -- NULL: the partition of the key.
  partition BIGINT,
  message_key TEXT NOT NULL,
  headers BYTEA NOT NULL,
  payload BYTEA NOT NULL,
  change_micros BIGINT NOT NULL,
  appended_micros BIGINT NOT NULL,
  -- 0 until the bus has acknowledged the row.
  sent_micros BIGINT NOT NULL
);
CREATE INDEX outbox_sent ON outbox (sent_micros, position);

CREATE TABLE outbox_head (
  id BIGINT PRIMARY KEY,
  last_position BIGINT NOT NULL
);
INSERT INTO outbox_head (id, last_position) VALUES (1, 0);
