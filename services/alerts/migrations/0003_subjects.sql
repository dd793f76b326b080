-- Cases of subjects other than accounts. `alert_subjects.subject` is the subject's key: the id of an
-- account, "type~id" of every other one.
ALTER TABLE alert_cases ADD COLUMN subject_type TEXT NOT NULL DEFAULT 'account';

DROP INDEX alert_cases_sequence;
CREATE UNIQUE INDEX alert_cases_sequence ON alert_cases (rule_id, subject_type, subject, sequence);
-- The same rule and subject never have two open cases (L3); 4 is resolved.
DROP INDEX alert_cases_one_open;
CREATE UNIQUE INDEX alert_cases_one_open ON alert_cases (rule_id, subject_type, subject)
  WHERE state <> 4;
DROP INDEX alert_cases_subject;
CREATE INDEX alert_cases_subject ON alert_cases (subject_type, subject);
