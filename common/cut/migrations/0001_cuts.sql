-- The next instant of each family of cuts. Its lock lets one process at a time take one.
CREATE TABLE cut_schedules (
  family TEXT PRIMARY KEY,
  generation BIGINT NOT NULL,
  -- NULL before every partition has a watermark.
  next_micros BIGINT,
  -- 1 once a cut has been kept: from then on every instant has its cut.
  begun BIGINT NOT NULL
);

-- Results. A row is never changed; what late truth would have made of it is a row with a later
-- known_at.
CREATE TABLE cuts (
  family TEXT NOT NULL,
  at_micros BIGINT NOT NULL,
  known_at_micros BIGINT NOT NULL,
  version BIGINT NOT NULL,
  result BYTEA NOT NULL,
  PRIMARY KEY (family, at_micros, known_at_micros)
);
