-- The latest attempt to replay each dead letter: 1 accepted, 2 refused.
CREATE TABLE letter_attempts (
  -- deadLetters/{partition}-{offset}
  name TEXT PRIMARY KEY,
  state BIGINT NOT NULL,
  time_micros BIGINT NOT NULL,
  principal TEXT NOT NULL,
  -- deadLetterReplays/{id}, or empty where it was replayed by itself.
  replay TEXT NOT NULL,
  reason TEXT NOT NULL,
  field TEXT NOT NULL,
  rule TEXT NOT NULL,
  message TEXT NOT NULL
);
INSERT INTO letter_attempts (name, state, time_micros, principal, replay, reason, field, rule,
                             message)
  SELECT name, 1, replayed_micros, '', '', '', '', '', '' FROM replayed_letters;
DROP TABLE replayed_letters;

-- Bulk replays: 1 running, 2 done, 3 cancelled.
CREATE TABLE letter_replays (
  replay_id TEXT PRIMARY KEY,
  started_micros BIGINT NOT NULL,
  request_id TEXT NOT NULL,
  state BIGINT NOT NULL,
  stored BYTEA NOT NULL
);
CREATE INDEX letter_replays_started ON letter_replays (started_micros, replay_id);
-- One at a time.
CREATE UNIQUE INDEX letter_replays_running ON letter_replays (state) WHERE state = 1;

CREATE TABLE letter_replay_results (
  replay_id TEXT NOT NULL,
  position BIGINT NOT NULL,
  state BIGINT NOT NULL,
  result BYTEA NOT NULL,
  PRIMARY KEY (replay_id, position)
);
