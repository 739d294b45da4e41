-- Retention reads ended operations in the order of their ends, one page at a time.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "operations_ended_idx" ON "operations" ("ended_at", "id")
  WHERE "ended_at" IS NOT NULL
