-- While the silence of a host is reported: when it was last seen before, and since when it is seen again.
ALTER TABLE "hosts" ADD COLUMN "silent_since" TIMESTAMPTZ(3), ADD COLUMN "returned_at" TIMESTAMPTZ(3);
