-- Raised by operations that may disturb the engine, where `generation` is raised by all of them: checks, observed statuses
-- and retries of repairs compare it. Constant defaults, so that no row is rewritten.
ALTER TABLE "databases" ADD COLUMN "disruption" INTEGER NOT NULL DEFAULT 1;
ALTER TABLE "operations" ADD COLUMN "disruption" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "health_checks" ADD COLUMN "disruption" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "observed_statuses" ADD COLUMN "disruption" INTEGER NOT NULL DEFAULT 0;
GRANT UPDATE ("disruption") ON "health_checks" TO slipway_tenant;

-- A count of failures that is under way continues, unless an operation has ended it.
UPDATE "health_checks" SET "disruption" = 1 FROM "databases"
WHERE "databases"."id" = "health_checks"."database_id" AND "databases"."generation" = "health_checks"."generation"
  AND ("health_checks"."failures" > 0 OR "health_checks"."state" = 'down');

-- The last operation of a database, if its repair may be retried or if no observation has followed it yet: a start that
-- the next observation finds is its own.
UPDATE "operations" SET "disruption" = 1 FROM "databases"
WHERE "databases"."id" = "operations"."database_id"
  AND "operations"."generation" = (
    SELECT max("generation") FROM "operations" AS "others"
    WHERE "others"."database_id" = "databases"."id" AND "others"."kind" <> 'describe')
  AND ("databases"."state" = 'failed' OR NOT EXISTS (
    SELECT 1 FROM "instances" JOIN "observed_statuses" ON "observed_statuses"."instance_id" = "instances"."id"
    WHERE "instances"."database_id" = "databases"."id"
      AND "observed_statuses"."generation" >= "operations"."generation"));
