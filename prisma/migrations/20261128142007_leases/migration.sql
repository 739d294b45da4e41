-- Which process carries out what only one process should do at a time. A row, not an advisory lock: a session's lock is lost
-- behind a transaction pooler, and a transaction's ends with each pass.
CREATE TABLE "leases" (
  "name" TEXT NOT NULL,
  "holder" TEXT NOT NULL,
  "until" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "leases_pkey" PRIMARY KEY ("name")
);
