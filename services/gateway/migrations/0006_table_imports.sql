-- Imports of tables that the gateway runs: 1 queued, 2 running, 3 done, 4 failed, 5 cancelled,
-- 6 interrupted.
CREATE TABLE table_imports (
  -- tableImports/{id}
  name TEXT PRIMARY KEY,
  created_micros BIGINT NOT NULL,
  -- The folder of uploads whose process runs it.
  folder_id TEXT NOT NULL,
  state BIGINT NOT NULL,
  -- imports.v1.TableImport
  stored BYTEA NOT NULL
);
CREATE INDEX table_imports_created ON table_imports (created_micros, name);
