-- Positions are those of common/consume, whose tables are made before these.
INSERT INTO topic_positions (reader, partition_number, log_id, next_offset, first_tick_micros,
                             watermark_micros)
  SELECT 'accounts-rfm', partition, log_id, next_offset, first_watermark_micros, watermark_micros
  FROM signals_positions;
DROP TABLE signals_positions;
