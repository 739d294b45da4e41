-- A deleted database keeps its record until "purge_at". Its name is free: the index on names becomes partial, concurrently.
ALTER TABLE "databases"
  ADD COLUMN "deleted_at" TIMESTAMPTZ(3),
  ADD COLUMN "purge_at" TIMESTAMPTZ(3),
  DROP CONSTRAINT "databases_state_check",
  ADD CONSTRAINT "databases_state_check" CHECK ("state" IN (
    'creating', 'modifying', 'deleting', 'available', 'stopped', 'paused', 'failed', 'deleted')) NOT VALID,
  -- It is `deleting` while it is purged, and stays hidden.
  ADD CONSTRAINT "databases_deleted_check" CHECK (
    CASE "state"
      WHEN 'deleted' THEN "deleted_at" IS NOT NULL
      WHEN 'deleting' THEN true
      ELSE "deleted_at" IS NULL
    END AND ("deleted_at" IS NULL) = ("purge_at" IS NULL)) NOT VALID;
