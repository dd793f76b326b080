-- One row: the phase of the deployment's journal (empty, backfilling, live) and how far a past was
-- built.
CREATE TABLE journal_state (
  id BIGINT PRIMARY KEY,
  phase TEXT NOT NULL,
  backfilled_until_micros BIGINT
);

CREATE TABLE replayed_letters (
  -- deadLetters/{partition}-{offset}
  name TEXT PRIMARY KEY,
  replayed_micros BIGINT NOT NULL
);
