-- The import run that opened it; empty: none.
ALTER TABLE opportunities ADD COLUMN import_run TEXT NOT NULL DEFAULT '';
-- 1: its run was withdrawn, and for callers there is none of that id.
ALTER TABLE opportunities ADD COLUMN withdrawn BIGINT NOT NULL DEFAULT 0;
CREATE INDEX opportunities_import_run ON opportunities (import_run, opportunity_id);
