-- What was accepted of each feed: a source and a kind of fact (its field number in events.v1.Fact).
CREATE TABLE feeds (
  source TEXT NOT NULL,
  kind BIGINT NOT NULL,
  first_received_micros BIGINT NOT NULL,
  last_received_micros BIGINT NOT NULL,
  last_fact_micros BIGINT NOT NULL,
  received_count BIGINT NOT NULL,
  PRIMARY KEY (source, kind)
);

-- Local days on which it was, as days since 1970-01-01; those that no rhythm is learned from are
-- deleted.
CREATE TABLE feed_days (
  source TEXT NOT NULL,
  kind BIGINT NOT NULL,
  day BIGINT NOT NULL,
  PRIMARY KEY (source, kind, day)
);
