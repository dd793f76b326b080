-- How the column headers is written: 0 until this migration, 1 (common/bus/headers_codec.h) since.
ALTER TABLE outbox ADD COLUMN headers_form BIGINT NOT NULL DEFAULT 0;
