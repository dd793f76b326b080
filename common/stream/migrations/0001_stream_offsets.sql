-- Where each partition of each processor stands (common/stream/offsets_table.h).
CREATE TABLE stream_offsets (
  processor TEXT NOT NULL,
  partition_number BIGINT NOT NULL,
  epoch BIGINT NOT NULL,
  generation BIGINT NOT NULL,
  next_offset BIGINT NOT NULL,
  fold_back_until BIGINT,
  stream_time_micros BIGINT,
  newest_tick_micros BIGINT,
  log_id TEXT NOT NULL,
  code_version BIGINT NOT NULL,
  commit_id TEXT NOT NULL,
  PRIMARY KEY (processor, partition_number)
);
