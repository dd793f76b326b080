-- How far each reader has read each partition of its topic. Changes together with what was read.
CREATE TABLE topic_positions (
  reader TEXT NOT NULL,
  partition_number BIGINT NOT NULL,
  log_id TEXT NOT NULL,
  next_offset BIGINT NOT NULL,
  -- Time of the first and of the latest tick; NULL before any.
  first_tick_micros BIGINT,
  watermark_micros BIGINT,
  PRIMARY KEY (reader, partition_number)
);
