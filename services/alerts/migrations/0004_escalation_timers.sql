-- Escalations are timers of common/timers, whose table is made before these. A timer is due from the
-- first instant at which an acknowledgement comes too late (L3).
INSERT INTO timers (kind, subject_type, subject_id, due_micros, urgent, payload, attempts,
                    retry_micros)
  SELECT 'alerts.escalation', 'alert', alert_id, escalate_micros + 1, 1, NULL, 0, NULL
  FROM alert_cases WHERE escalate_micros IS NOT NULL;
DROP INDEX alert_cases_escalate;
ALTER TABLE alert_cases DROP COLUMN escalate_micros;
