-- The worker processes of each host: which build of the workflows they run, and which steps they can carry out.
CREATE TABLE "workers" (
  "id" TEXT PRIMARY KEY,
  "host_id" TEXT NOT NULL REFERENCES "hosts" ("id") ON DELETE CASCADE,
  "build" TEXT NOT NULL,
  "release" INTEGER NOT NULL,
  "contract" INTEGER NOT NULL,
  "started_at" TIMESTAMPTZ(3) NOT NULL,
  "last_seen_at" TIMESTAMPTZ(3) NOT NULL
);
CREATE INDEX "workers_host_id_idx" ON "workers" ("host_id");
