-- What a change was made by, to be asked for; entries of before are not found by it.
ALTER TABLE audit_entries ADD COLUMN method TEXT NOT NULL DEFAULT '';
CREATE INDEX audit_entries_method ON audit_entries (method, time_micros);
