-- A running database can be changed: its size, its parameters, its password, and what is kept of it for its owners.
ALTER TABLE "operations" DROP CONSTRAINT "operations_kind_check";
ALTER TABLE "operations" ADD CONSTRAINT "operations_kind_check" CHECK ("kind" IN (
  'create', 'stop', 'start', 'restart', 'pause', 'resume', 'resize', 'rotate-credentials', 'update', 'describe',
  'delete', 'recover'));
ALTER TABLE "databases" ADD COLUMN "deletion_protection" BOOLEAN NOT NULL DEFAULT false;
UPDATE "databases" SET "spec" = "spec" || '{"credentials": 1}';
UPDATE "databases" SET "previous_spec" = "previous_spec" || '{"credentials": 1}' WHERE "previous_spec" IS NOT NULL;

-- What an engine was told last, from before a change until it has taken effect: which settings and which password. Of
-- those that are there the settings are not known, so that the first change of settings restarts them.
ALTER TABLE "instances" ADD COLUMN "applied" JSONB;
UPDATE "instances" SET "applied" = '{"settings": null, "credentials": 1}' WHERE "initialized_at" IS NOT NULL;
