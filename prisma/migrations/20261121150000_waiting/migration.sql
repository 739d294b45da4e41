-- What an operation waits for before it has a plan, whose steps would show it.
ALTER TABLE "operations" ADD COLUMN "waiting_for" JSONB;
