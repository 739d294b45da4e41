-- As for instances.
ALTER TABLE "sidecars"
  ADD COLUMN "image_reference" TEXT,
  ADD COLUMN "image_digest" TEXT,
  ADD COLUMN "image_revision" INTEGER NOT NULL DEFAULT 1,
  ADD COLUMN "template" INTEGER NOT NULL DEFAULT 1,
  ADD COLUMN "address" TEXT;
