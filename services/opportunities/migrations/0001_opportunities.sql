CREATE TABLE opportunities (
  opportunity_id TEXT PRIMARY KEY,
  version BIGINT NOT NULL,
  -- What lists filter by; the same as in body. Empty: a lead without an account.
  account_id TEXT NOT NULL,
  state BIGINT NOT NULL,
  owner TEXT NOT NULL,
  -- bellwether.opportunities.v1.StoredOpportunity
  body BYTEA NOT NULL
);
CREATE INDEX opportunities_account ON opportunities (account_id, opportunity_id);
CREATE INDEX opportunities_state ON opportunities (state, opportunity_id);
CREATE INDEX opportunities_owner ON opportunities (owner, opportunity_id);
