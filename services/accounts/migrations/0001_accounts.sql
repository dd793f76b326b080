CREATE TABLE accounts (
  account_id TEXT PRIMARY KEY,
  version BIGINT NOT NULL,
  -- What lists filter by, cuts read and hierarchies walk; the same as in body.
  owner TEXT NOT NULL,
  industry TEXT NOT NULL,
  tier TEXT NOT NULL,
  tier_pinned BIGINT NOT NULL,
  parent_id TEXT REFERENCES accounts (account_id),
  -- bellwether.accounts.v1.StoredAccount
  body BYTEA NOT NULL
);
CREATE INDEX accounts_owner ON accounts (owner, account_id);
CREATE INDEX accounts_industry ON accounts (industry, account_id);
CREATE INDEX accounts_tier ON accounts (tier, account_id);
CREATE INDEX accounts_parent ON accounts (parent_id);

CREATE TABLE account_external_ids (
  source TEXT NOT NULL,
  external_id TEXT NOT NULL,
  account_id TEXT NOT NULL REFERENCES accounts (account_id),
  PRIMARY KEY (source, external_id)
);
CREATE INDEX account_external_ids_account ON account_external_ids (account_id);
