-- Cuts are those of common/cut, levels and their history those of common/scheme, whose tables are
-- made before these.
INSERT INTO cut_schedules (family, generation, next_micros, begun)
  SELECT 'rfm', 1, next_cut_micros, begun FROM rfm_schedule WHERE next_cut_micros IS NOT NULL;
INSERT INTO cuts (family, at_micros, known_at_micros, version, result)
  SELECT 'rfm', cut_micros, cut_micros, 1099511627776 + cut_micros / 1000000, ranking
  FROM rfm_cuts;
INSERT INTO scheme_classes (scheme, subject_type, subject_id, class, since_micros)
  SELECT 'rfm', 'account', account_id,
         CASE level WHEN 0 THEN 'strategic-partner' WHEN 1 THEN 'core' WHEN 2 THEN 'development'
                    WHEN 3 THEN 'potential' ELSE 'maintenance' END,
         since_micros
  FROM rfm_levels;
INSERT INTO scheme_changes (scheme, subject_type, subject_id, at_micros, previous, class, reason,
                            inputs)
  SELECT 'rfm', 'account', account_id, cut_micros,
         CASE previous_level WHEN 0 THEN 'strategic-partner' WHEN 1 THEN 'core'
                             WHEN 2 THEN 'development' WHEN 3 THEN 'potential'
                             WHEN 4 THEN 'maintenance' END,
         CASE level WHEN 0 THEN 'strategic-partner' WHEN 1 THEN 'core' WHEN 2 THEN 'development'
                    WHEN 3 THEN 'potential' ELSE 'maintenance' END,
         'NIGHTLY_CUT', NULL
  FROM rfm_changes;
DROP TABLE rfm_schedule;
DROP TABLE rfm_cuts;
DROP TABLE rfm_levels;
DROP TABLE rfm_changes;
