CREATE TABLE leases (
  name TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  expires_micros BIGINT NOT NULL,
  -- Rises with every change of holder; what a holder writes compares it.
  token BIGINT NOT NULL
);
