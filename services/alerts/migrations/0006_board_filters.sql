-- What the board is filtered and counted by, beside what stands in columns already.
ALTER TABLE alert_cases ADD COLUMN tier TEXT NOT NULL DEFAULT '';
ALTER TABLE alert_cases ADD COLUMN assignee TEXT NOT NULL DEFAULT '';
-- The account that the subject belongs to, or is.
ALTER TABLE alert_cases ADD COLUMN account TEXT NOT NULL DEFAULT '';
-- 0: written before these columns were there, and not brought up to them yet.
ALTER TABLE alert_cases ADD COLUMN filled BIGINT NOT NULL DEFAULT 0;
CREATE INDEX alert_cases_unfilled ON alert_cases (alert_id) WHERE filled = 0;
CREATE INDEX alert_cases_account ON alert_cases (account);
