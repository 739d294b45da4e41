-- The sweep looks for databases to purge.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "databases_purge_at_idx" ON "databases" ("purge_at") WHERE "purge_at" IS NOT NULL
