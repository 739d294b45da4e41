-- Whether an operation's plan is its way back: after a cancel, only that goes on.
ALTER TABLE "operations" ADD COLUMN "going_back" BOOLEAN NOT NULL DEFAULT false;

-- Whose a step is, as with every other row.
ALTER TABLE "steps" ADD COLUMN "tenant_id" TEXT;
UPDATE "steps" SET "tenant_id" = "operations"."tenant_id" FROM "operations" WHERE "operations"."id" = "steps"."operation_id";
ALTER TABLE "steps" ALTER COLUMN "tenant_id" SET NOT NULL;
