-- Who changed what. Rows are only ever added.
CREATE TABLE audit_entries (
  subject_type TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  -- Of the subject after the change: the order of its entries.
  subject_version BIGINT NOT NULL,
  time_micros BIGINT NOT NULL,
  principal TEXT NOT NULL,
  -- bellwether.audit.v1.AuditEntry
  entry BYTEA NOT NULL,
  PRIMARY KEY (subject_type, subject_id, subject_version)
);
CREATE INDEX audit_entries_time ON audit_entries (time_micros);
CREATE INDEX audit_entries_principal ON audit_entries (principal, time_micros);
