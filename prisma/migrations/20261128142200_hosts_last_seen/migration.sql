-- When a worker of the host was last seen, by the store's clock; null until a worker of this version registers it.
ALTER TABLE "hosts" ADD COLUMN "last_seen_at" TIMESTAMPTZ(3);
