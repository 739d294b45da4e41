-- The place of an event in the order in which events are read. It is given when the event is first read, by one transaction
-- after the other: a sequence is handed out in another order than transactions commit in.
ALTER TABLE "events" ADD COLUMN "place" BIGINT;
CREATE UNIQUE INDEX "events_place_key" ON "events" ("place");
CREATE INDEX "events_without_place_idx" ON "events" ("sequence") WHERE "place" IS NULL;
CREATE INDEX "events_tenant_id_place_idx" ON "events" ("tenant_id", "place");
CREATE INDEX "events_tenant_id_database_id_place_idx" ON "events" ("tenant_id", "database_id", "place");
CREATE INDEX "events_operation_id_idx" ON "events" ("operation_id");
DROP INDEX "events_tenant_id_sequence_idx";

-- What a server wrote last before a step removed its container.
ALTER TABLE "steps" ADD COLUMN "log_tail" TEXT;
