-- What the container of an instance was created from, and where it is published. Both are null until the worker of the host
-- has seen the container. Constant defaults, so that no row is rewritten.
ALTER TABLE "instances"
  ADD COLUMN "image_reference" TEXT,
  ADD COLUMN "image_digest" TEXT,
  ADD COLUMN "image_revision" INTEGER NOT NULL DEFAULT 1,
  ADD COLUMN "template" INTEGER NOT NULL DEFAULT 1,
  ADD COLUMN "address" TEXT;
