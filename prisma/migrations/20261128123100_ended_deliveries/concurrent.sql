-- Messages that ended a month ago are deleted every minute, by every worker.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "notification_deliveries_ended_idx" ON "notification_deliveries" ("updated_at")
  WHERE "state" IN ('delivered', 'failed')
