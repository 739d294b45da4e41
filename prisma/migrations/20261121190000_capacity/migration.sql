-- What a tenant may have and has. No limit is null; a tenant without a row has no limits and nothing.
CREATE TABLE "quotas" (
  "tenant_id" TEXT NOT NULL,
  "databases_limit" BIGINT,
  "databases_used" BIGINT NOT NULL DEFAULT 0,
  "nano_cpus_limit" BIGINT,
  "nano_cpus_used" BIGINT NOT NULL DEFAULT 0,
  "memory_bytes_limit" BIGINT,
  "memory_bytes_used" BIGINT NOT NULL DEFAULT 0,
  CONSTRAINT "quotas_pkey" PRIMARY KEY ("tenant_id"),
  CONSTRAINT "quotas_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT "quotas_limit_check" CHECK ("databases_limit" >= 0 AND "nano_cpus_limit" >= 0 AND "memory_bytes_limit" >= 0),
  CONSTRAINT "quotas_used_check" CHECK ("databases_used" >= 0 AND "nano_cpus_used" >= 0 AND "memory_bytes_used" >= 0)
);

-- What may be given out of a host, and what is.
ALTER TABLE "hosts"
  ALTER COLUMN "agent_url" DROP NOT NULL,
  ADD COLUMN "labels" JSONB NOT NULL DEFAULT '{}',
  ADD COLUMN "cordoned" BOOLEAN NOT NULL DEFAULT false,
  ADD COLUMN "nano_cpus_capacity" BIGINT,
  ADD COLUMN "nano_cpus_used" BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN "memory_bytes_capacity" BIGINT,
  ADD COLUMN "memory_bytes_used" BIGINT NOT NULL DEFAULT 0,
  ADD CONSTRAINT "hosts_capacity_check" CHECK ("nano_cpus_capacity" >= 0 AND "memory_bytes_capacity" >= 0),
  ADD CONSTRAINT "hosts_used_check" CHECK ("nano_cpus_used" >= 0 AND "memory_bytes_used" >= 0);

-- What a database holds of its tenant's quota, and of a host once it is placed. The counters are the sums of these rows;
-- both are written in one transaction. RESTRICT: whatever goes gives back first.
CREATE TABLE "holdings" (
  "database_id" TEXT NOT NULL,
  "tenant_id" TEXT NOT NULL,
  "host_id" TEXT,
  "nano_cpus" BIGINT NOT NULL,
  "memory_bytes" BIGINT NOT NULL,
  CONSTRAINT "holdings_pkey" PRIMARY KEY ("database_id"),
  CONSTRAINT "holdings_database_id_tenant_id_fkey" FOREIGN KEY ("database_id", "tenant_id") REFERENCES "databases" ("id", "tenant_id") ON DELETE RESTRICT ON UPDATE CASCADE,
  CONSTRAINT "holdings_host_id_fkey" FOREIGN KEY ("host_id") REFERENCES "hosts" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);
CREATE INDEX "holdings_host_id_idx" ON "holdings" ("host_id");

-- What accept takes, it takes as the tenant.
GRANT SELECT, INSERT, UPDATE ON "quotas", "holdings" TO slipway_tenant;
GRANT UPDATE ("nano_cpus_used", "memory_bytes_used") ON "hosts" TO slipway_tenant;
ALTER TABLE "quotas" ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON "quotas" TO slipway_tenant USING (tenant_id = current_setting('slipway.tenant_id', true));
ALTER TABLE "holdings" ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON "holdings" TO slipway_tenant USING (tenant_id = current_setting('slipway.tenant_id', true));

-- What is there already: all but what a failed create has left, which is a record alone; while an operation is open, the
-- larger of what there is and what is asked for.
INSERT INTO "holdings" ("database_id", "tenant_id", "host_id", "nano_cpus", "memory_bytes")
SELECT databases.id, databases.tenant_id, placed.host_id,
  GREATEST((databases.spec #>> '{size,nanoCpus}')::bigint, (open.input #>> '{size,nanoCpus}')::bigint),
  GREATEST((databases.spec #>> '{size,memoryBytes}')::bigint, (open.input #>> '{size,memoryBytes}')::bigint)
FROM databases
  LEFT JOIN operations AS open ON open.database_id = databases.id AND open.state IN ('pending', 'running', 'cancelling')
  LEFT JOIN LATERAL (
    SELECT host_id, initialized_at FROM instances WHERE database_id = databases.id ORDER BY name LIMIT 1) AS placed ON true
WHERE placed.initialized_at IS NOT NULL OR open.id IS NOT NULL OR databases.way_back_pending;

INSERT INTO "quotas" ("tenant_id", "databases_used", "nano_cpus_used", "memory_bytes_used")
SELECT tenant_id, count(*), sum(nano_cpus), sum(memory_bytes) FROM holdings GROUP BY tenant_id;

UPDATE "hosts" SET "nano_cpus_used" = held.nano_cpus, "memory_bytes_used" = held.memory_bytes
FROM (SELECT host_id, sum(nano_cpus) AS nano_cpus, sum(memory_bytes) AS memory_bytes FROM holdings GROUP BY host_id) AS held
WHERE hosts.id = held.host_id;
