-- The newest semantics that every partition of the journal has a record of (common/journal/semantics.h).
ALTER TABLE journal_state ADD COLUMN semantics BIGINT NOT NULL DEFAULT 1;
