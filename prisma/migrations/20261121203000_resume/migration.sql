-- Until then a reconciler repairs, however much has drifted: somebody has looked at the host.
ALTER TABLE "reconcilers" ADD COLUMN "resumed_until" TIMESTAMPTZ(3);
