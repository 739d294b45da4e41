-- Retention keeps the newest operations of every database, and the API lists them newest first.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "operations_database_id_created_at_id_idx"
  ON "operations" ("database_id", "created_at", "id")
