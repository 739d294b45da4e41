-- The container engine's own id, as of the first registration: another engine under the same host id is refused.
ALTER TABLE "hosts" ADD COLUMN "engine_id" TEXT;
