-- While the store is held: what the host's last pass found of databases whose objects do not match the restored records.
-- Null until a pass has compared them.
ALTER TABLE "reconcilers" ADD COLUMN "differences" JSONB;
