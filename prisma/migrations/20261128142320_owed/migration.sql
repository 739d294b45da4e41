-- The recovery that a failed database is owed: why, and when it is next tried. It takes the place of "way_back_pending",
-- which processes of the version before still set; "previous_spec" is for them, too.
CREATE TABLE "owed" (
  "database_id" TEXT NOT NULL,
  "tenant_id" TEXT NOT NULL,
  "operation_id" TEXT NOT NULL,
  "cause" TEXT NOT NULL,
  "error" JSONB NOT NULL,
  "tries" INTEGER NOT NULL DEFAULT 0,
  "next_try_at" TIMESTAMPTZ(3),
  "since" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "owed_pkey" PRIMARY KEY ("database_id"),
  CONSTRAINT "owed_database_id_tenant_id_fkey" FOREIGN KEY ("database_id", "tenant_id")
    REFERENCES "databases" ("id", "tenant_id") ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT "owed_cause_check" CHECK ("cause" IN ('way_back', 'aborted', 'repair', 'crash_loop', 'delete')),
  CONSTRAINT "owed_tries_check" CHECK ("tries" >= 0)
);
CREATE INDEX "owed_next_try_at_idx" ON "owed" ("next_try_at") WHERE "next_try_at" IS NOT NULL;

GRANT SELECT ON "owed" TO slipway_tenant;
GRANT UPDATE ("tries") ON "owed" TO slipway_tenant;
ALTER TABLE "owed" ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON "owed" TO slipway_tenant USING (tenant_id = current_setting('slipway.tenant_id', true));

-- Failed databases that still have to go back, which is tried at once, and those with data, which a request brings up. The
-- operation is the newest that may have changed them: not one that changes only the record, nor a recovery, nor a delete
-- of a failed database that was cancelled or never began.
INSERT INTO "owed" ("database_id", "tenant_id", "operation_id", "cause", "error", "next_try_at", "since")
SELECT databases.id, databases.tenant_id, last.id,
  CASE
    WHEN databases.way_back_pending THEN CASE last.error ->> 'code' WHEN 'aborted' THEN 'aborted' ELSE 'way_back' END
    WHEN last.kind = 'delete' THEN 'delete'
    WHEN last.error ->> 'code' = 'crash_looping' THEN 'crash_loop'
    WHEN last.kind = 'repair' THEN 'repair'
    ELSE 'way_back'
  END,
  coalesce(databases.error, last.error, '{"code": "internal", "message": "the reason was not recorded"}'),
  CASE WHEN databases.way_back_pending THEN now() END,
  coalesce(last.ended_at, databases.updated_at)
FROM databases CROSS JOIN LATERAL (
  SELECT id, kind, error, ended_at FROM operations
  WHERE database_id = databases.id AND kind NOT IN ('describe', 'recover')
    AND NOT (kind = 'delete' AND former_state = 'failed' AND (cancel_requested_at IS NOT NULL OR started_at IS NULL))
  ORDER BY generation DESC LIMIT 1) AS last
WHERE databases.way_back_pending OR databases.state = 'failed' AND EXISTS (
  SELECT 1 FROM instances WHERE database_id = databases.id AND initialized_at IS NOT NULL);

UPDATE "databases" SET "way_back_pending" = false WHERE "way_back_pending";
