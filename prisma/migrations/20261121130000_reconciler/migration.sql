-- What drifted away from its record is repaired.
ALTER TABLE "operations" DROP CONSTRAINT "operations_kind_check";
ALTER TABLE "operations" ADD CONSTRAINT "operations_kind_check"
  CHECK ("kind" IN (
  'create', 'stop', 'start', 'restart', 'pause', 'resume', 'resize', 'rotate-credentials', 'update', 'describe',
  'delete', 'recover', 'repair'));

-- What a look at an instance saw, beside the verdict.
ALTER TABLE "observed_statuses"
  ADD COLUMN "detail" TEXT,
  ADD COLUMN "container_state" TEXT,
  ADD COLUMN "exit_code" INTEGER,
  ADD COLUMN "oom_killed" BOOLEAN NOT NULL DEFAULT false,
  ADD COLUMN "oom_killed_at" TIMESTAMPTZ(3),
  ADD COLUMN "started_at" TIMESTAMPTZ(3),
  ADD COLUMN "restarts" INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN "pending_restart" TEXT[] NOT NULL DEFAULT '{}',
  ADD COLUMN "generation" INTEGER NOT NULL DEFAULT 0;

-- An event may be about a host, and then it is about no database.
ALTER TABLE "events" ALTER COLUMN "database_id" DROP NOT NULL;

-- Objects with our labels whose database has no record: reported, never deleted.
CREATE TABLE "orphans" (
  "id" TEXT NOT NULL,
  "tenant_id" TEXT NOT NULL,
  "host_id" TEXT NOT NULL,
  "database_id" TEXT NOT NULL,
  "kind" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL,
  "last_seen_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "orphans_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "orphans_host_id_fkey" FOREIGN KEY ("host_id") REFERENCES "hosts" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT "orphans_kind_check" CHECK ("kind" IN ('container', 'volume', 'network'))
);
CREATE UNIQUE INDEX "orphans_host_id_kind_name_key" ON "orphans" ("host_id", "kind", "name");
CREATE INDEX "orphans_tenant_id_created_at_id_idx" ON "orphans" ("tenant_id", "created_at", "id");

-- What a host's reconciler did last, one row each.
CREATE TABLE "reconcilers" (
  "host_id" TEXT NOT NULL,
  "state" TEXT NOT NULL,
  "reason" TEXT,
  "databases" INTEGER NOT NULL,
  "drifted" INTEGER NOT NULL,
  "interval_seconds" INTEGER NOT NULL,
  "passed_at" TIMESTAMPTZ(3) NOT NULL,
  "since" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "reconcilers_pkey" PRIMARY KEY ("host_id"),
  CONSTRAINT "reconcilers_host_id_fkey" FOREIGN KEY ("host_id") REFERENCES "hosts" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT "reconcilers_state_check" CHECK ("state" IN ('repairing', 'reporting', 'stopped'))
);
