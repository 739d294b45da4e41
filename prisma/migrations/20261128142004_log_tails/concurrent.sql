-- Retention removes the ends of logs a month after their steps began.
CREATE INDEX CONCURRENTLY IF NOT EXISTS "steps_log_tail_idx" ON "steps" ("started_at") WHERE "log_tail" IS NOT NULL
