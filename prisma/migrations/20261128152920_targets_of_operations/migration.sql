-- The images on offer when the operation was accepted: what it creates is created from them, whichever worker plans it.
ALTER TABLE "operations" ADD COLUMN "target" JSONB;
