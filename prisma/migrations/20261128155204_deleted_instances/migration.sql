-- The port of a deleted instance is free; it gets "last_port" again if that is still free.
ALTER TABLE "instances"
  ADD COLUMN "last_port" INTEGER,
  ALTER COLUMN "host_port" DROP NOT NULL,
  DROP CONSTRAINT "instances_state_check",
  ADD CONSTRAINT "instances_state_check" CHECK ("state" IN (
    'creating', 'modifying', 'deleting', 'available', 'stopped', 'paused', 'failed', 'deleted')) NOT VALID,
  ADD CONSTRAINT "instances_host_port_check" CHECK ("host_port" IS NOT NULL OR "last_port" IS NOT NULL) NOT VALID;
