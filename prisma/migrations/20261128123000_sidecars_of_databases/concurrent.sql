-- The end of every operation looks up the sidecars of its database.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "sidecars_database_id_idx" ON "sidecars" ("database_id")
