-- A database can be stopped and paused; those that are there run.
ALTER TABLE "operations" DROP CONSTRAINT "operations_kind_check";
ALTER TABLE "operations" ADD CONSTRAINT "operations_kind_check"
  CHECK ("kind" IN ('create', 'stop', 'start', 'restart', 'pause', 'resume', 'delete', 'recover'));
UPDATE "databases" SET "spec" = "spec" || '{"power": "running"}' WHERE NOT "spec" ? 'power';
UPDATE "databases" SET "previous_spec" = "previous_spec" || '{"power": "running"}'
  WHERE "previous_spec" IS NOT NULL AND NOT "previous_spec" ? 'power';
