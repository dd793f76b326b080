-- Which semantics the records after the last applied one are read by (common/journal/semantics.h).
ALTER TABLE health_partition ADD COLUMN semantics BIGINT NOT NULL DEFAULT 1;

-- Facts that came after they had been retracted, replaced or withdrawn.
ALTER TABLE health_import ADD COLUMN retracted BIGINT NOT NULL DEFAULT 0;
-- The first record of the run in the partition; 0 for runs from before this was kept.
ALTER TABLE health_import ADD COLUMN first_offset BIGINT NOT NULL DEFAULT 0;
-- The record that withdrew the run, -1 for none.
ALTER TABLE health_import ADD COLUMN withdrawn_offset BIGINT NOT NULL DEFAULT -1;
