-- The class each subject has now, since when.
CREATE TABLE scheme_classes (
  scheme TEXT NOT NULL,
  subject_type TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  class TEXT NOT NULL,
  since_micros BIGINT NOT NULL,
  PRIMARY KEY (scheme, subject_type, subject_id)
);

-- What, when, why, and from which inputs. Appended only, in the order of time per subject.
CREATE TABLE scheme_changes (
  scheme TEXT NOT NULL,
  subject_type TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  at_micros BIGINT NOT NULL,
  previous TEXT,  -- NULL: the subject's first class
  class TEXT NOT NULL,
  reason TEXT NOT NULL,
  inputs BYTEA,  -- bellwether.scheme.v1.StoredInputs; NULL: there were none
  PRIMARY KEY (scheme, subject_type, subject_id, at_micros)
);
