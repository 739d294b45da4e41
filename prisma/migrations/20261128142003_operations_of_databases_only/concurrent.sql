-- The index on ("database_id", "created_at", "id") serves the same queries.
DROP INDEX CONCURRENTLY IF EXISTS "operations_database_id_idx"
