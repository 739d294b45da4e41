-- Whether a database works, as its users would find it. The settings are its tenant's. `next_at`: when it is due; to claim
-- it moves that on. `holder`: who probes, until `lease_until`. `generation`: the database's, in which `successes` and
-- `failures` were counted: those of another one count for nothing. `since`: when `state` began.
CREATE TABLE "health_checks" (
  "id" TEXT NOT NULL,
  "tenant_id" TEXT NOT NULL,
  "database_id" TEXT NOT NULL,
  "enabled" BOOLEAN NOT NULL DEFAULT true,
  "interval_seconds" INTEGER NOT NULL,
  "timeout_seconds" INTEGER NOT NULL,
  "failure_threshold" INTEGER NOT NULL,
  "success_threshold" INTEGER NOT NULL,
  "next_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),
  "last_manual_run_at" TIMESTAMPTZ(3),
  "holder" TEXT,
  "lease_until" TIMESTAMPTZ(3),
  "state" TEXT NOT NULL DEFAULT 'unknown',
  "since" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),
  "generation" INTEGER NOT NULL DEFAULT 0,
  "successes" INTEGER NOT NULL DEFAULT 0,
  "failures" INTEGER NOT NULL DEFAULT 0,
  "last_checked_at" TIMESTAMPTZ(3),
  "last_latency_ms" INTEGER,
  "last_error" JSONB,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),
  "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),
  CONSTRAINT "health_checks_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "health_checks_database_id_tenant_id_fkey" FOREIGN KEY ("database_id", "tenant_id") REFERENCES "databases" ("id", "tenant_id") ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT "health_checks_state_check" CHECK ("state" IN ('unknown', 'up', 'down')),
  CONSTRAINT "health_checks_settings_check" CHECK ("timeout_seconds" >= 1 AND "timeout_seconds" < "interval_seconds" AND "failure_threshold" >= 1 AND "success_threshold" >= 1),
  CONSTRAINT "health_checks_counts_check" CHECK ("successes" >= 0 AND "failures" >= 0 AND ("successes" = 0 OR "failures" = 0)),
  CONSTRAINT "health_checks_holder_check" CHECK (("holder" IS NULL) = ("lease_until" IS NULL))
);
CREATE UNIQUE INDEX "health_checks_database_id_key" ON "health_checks" ("database_id");
CREATE UNIQUE INDEX "health_checks_id_tenant_id_key" ON "health_checks" ("id", "tenant_id");
CREATE INDEX "health_checks_tenant_id_created_at_id_idx" ON "health_checks" ("tenant_id", "created_at", "id");
CREATE INDEX "health_checks_next_at_idx" ON "health_checks" ("next_at") WHERE "enabled";
-- Whoever holds one that has run out has died: it is due at once.
CREATE INDEX "health_checks_lease_until_idx" ON "health_checks" ("lease_until") WHERE "lease_until" IS NOT NULL;

-- What each run found; without an error it went well. Kept for a week.
CREATE TABLE "health_results" (
  "check_id" TEXT NOT NULL,
  "tenant_id" TEXT NOT NULL,
  "checked_at" TIMESTAMPTZ(3) NOT NULL,
  "latency_ms" INTEGER NOT NULL,
  "error" JSONB,
  CONSTRAINT "health_results_pkey" PRIMARY KEY ("check_id", "checked_at"),
  CONSTRAINT "health_results_check_id_tenant_id_fkey" FOREIGN KEY ("check_id", "tenant_id") REFERENCES "health_checks" ("id", "tenant_id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- A tenant makes checks and sets them; what is found is the monitor's to write.
GRANT SELECT, INSERT ON "health_checks" TO slipway_tenant;
GRANT UPDATE ("enabled", "interval_seconds", "timeout_seconds", "failure_threshold", "success_threshold", "next_at", "last_manual_run_at", "generation", "updated_at") ON "health_checks" TO slipway_tenant;
GRANT SELECT ON "health_results" TO slipway_tenant;
ALTER TABLE "health_checks" ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON "health_checks" TO slipway_tenant USING (tenant_id = current_setting('slipway.tenant_id', true));
ALTER TABLE "health_results" ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON "health_results" TO slipway_tenant USING (tenant_id = current_setting('slipway.tenant_id', true));
