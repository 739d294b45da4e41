-- How often the store was restored from a backup, and since when and why it is held: from `store restored` to its release,
-- no operation begins. Constant defaults, so that no row is rewritten.
ALTER TABLE "installations"
  ADD COLUMN "epoch" INTEGER NOT NULL DEFAULT 1,
  ADD COLUMN "held_since" TIMESTAMPTZ(3),
  ADD COLUMN "held_reason" TEXT,
  ADD CONSTRAINT "installations_held_check" CHECK (("held_since" IS NULL) = ("held_reason" IS NULL)) NOT VALID;
