-- When an administrator declared a host lost for good; null for every other host.
ALTER TABLE "hosts" ADD COLUMN "lost_at" TIMESTAMPTZ(3);
