-- Retention removes old events that belong to no operation, such as those of health checks.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "events_of_no_operation_idx" ON "events" ("at") WHERE "operation_id" IS NULL
