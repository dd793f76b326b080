-- Subjects other than accounts, one packed row each (services/health/domain/subjects.h): whose they
-- are, their version, what was last said of them.
CREATE TABLE health_subject (
  partition BIGINT NOT NULL,
  subject_type BIGINT NOT NULL,
  subject TEXT NOT NULL,
  state BYTEA NOT NULL,
  PRIMARY KEY (partition, subject_type, subject)
);
