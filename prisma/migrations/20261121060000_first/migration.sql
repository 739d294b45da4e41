-- Which installation this store is: in the labels and names of all its objects, so that two never touch each other's.
CREATE TABLE "installations" (
  "singleton" BOOLEAN NOT NULL DEFAULT true,
  "id" TEXT NOT NULL,
  CONSTRAINT "installations_pkey" PRIMARY KEY ("singleton"),
  CONSTRAINT "installations_singleton_check" CHECK ("singleton")
);
INSERT INTO "installations" ("id") VALUES (substr(replace(gen_random_uuid()::text, '-', ''), 1, 8));

CREATE TABLE "hosts" (
  "id" TEXT NOT NULL,
  "address" TEXT NOT NULL,
  "port_from" INTEGER NOT NULL,
  "port_to" INTEGER NOT NULL,
  "address_pool" TEXT NOT NULL,
  "agent_url" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "hosts_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "hosts_ports_check" CHECK ("port_from" BETWEEN 1024 AND "port_to" AND "port_to" <= 65535)
);

CREATE TABLE "databases" (
  "id" TEXT NOT NULL,
  "tenant_id" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "description" TEXT NOT NULL DEFAULT '',
  "labels" JSONB NOT NULL DEFAULT '{}',
  "spec" JSONB NOT NULL,
  "previous_spec" JSONB,
  "generation" INTEGER NOT NULL DEFAULT 1,
  "state" TEXT NOT NULL,
  "error" JSONB,
  "way_back_pending" BOOLEAN NOT NULL DEFAULT false,
  "created_at" TIMESTAMPTZ(3) NOT NULL,
  "updated_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "databases_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "databases_state_check"
    CHECK ("state" IN ('creating', 'modifying', 'deleting', 'available', 'stopped', 'paused', 'failed'))
);
CREATE UNIQUE INDEX "databases_tenant_id_name_key" ON "databases" ("tenant_id", "name");

CREATE TABLE "instances" (
  "id" TEXT NOT NULL,
  "database_id" TEXT NOT NULL,
  "tenant_id" TEXT NOT NULL,
  "host_id" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "role" TEXT NOT NULL,
  "state" TEXT NOT NULL,
  "host_port" INTEGER NOT NULL,
  "initialized_at" TIMESTAMPTZ(3),
  "error" JSONB,
  "created_at" TIMESTAMPTZ(3) NOT NULL,
  "updated_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "instances_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "instances_database_id_fkey" FOREIGN KEY ("database_id") REFERENCES "databases" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT "instances_host_id_fkey" FOREIGN KEY ("host_id") REFERENCES "hosts" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  CONSTRAINT "instances_role_check" CHECK ("role" IN ('primary', 'standby')),
  CONSTRAINT "instances_state_check"
    CHECK ("state" IN ('creating', 'modifying', 'deleting', 'available', 'stopped', 'paused', 'failed'))
);
CREATE UNIQUE INDEX "instances_database_id_name_key" ON "instances" ("database_id", "name");
CREATE UNIQUE INDEX "instances_host_id_host_port_key" ON "instances" ("host_id", "host_port");

CREATE TABLE "observed_statuses" (
  "instance_id" TEXT NOT NULL,
  "tenant_id" TEXT NOT NULL,
  "state" TEXT NOT NULL,
  "interval_seconds" INTEGER NOT NULL,
  "observed_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "observed_statuses_pkey" PRIMARY KEY ("instance_id"),
  CONSTRAINT "observed_statuses_instance_id_fkey" FOREIGN KEY ("instance_id") REFERENCES "instances" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT "observed_statuses_state_check" CHECK ("state" IN ('healthy', 'unhealthy', 'unknown')),
  CONSTRAINT "observed_statuses_interval_check" CHECK ("interval_seconds" > 0)
);

-- No foreign key to databases: an operation outlives its database.
CREATE TABLE "operations" (
  "id" TEXT NOT NULL,
  "tenant_id" TEXT NOT NULL,
  "database_id" TEXT NOT NULL,
  "database_name" TEXT NOT NULL,
  "kind" TEXT NOT NULL,
  "input" JSONB NOT NULL,
  "state" TEXT NOT NULL,
  "generation" INTEGER NOT NULL,
  "plan_number" INTEGER NOT NULL DEFAULT 0,
  "former_state" TEXT,
  "requested_by" TEXT NOT NULL,
  "request_id" TEXT NOT NULL,
  "idempotency_key" TEXT,
  "run_id" TEXT,
  "retry_of" TEXT,
  "error" JSONB,
  "warnings" JSONB NOT NULL DEFAULT '[]',
  "created_at" TIMESTAMPTZ(3) NOT NULL,
  "started_at" TIMESTAMPTZ(3),
  "ended_at" TIMESTAMPTZ(3),
  "cancel_requested_at" TIMESTAMPTZ(3),
  CONSTRAINT "operations_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "operations_kind_check" CHECK ("kind" IN ('create', 'delete', 'recover')),
  CONSTRAINT "operations_state_check"
    CHECK ("state" IN ('pending', 'running', 'cancelling', 'succeeded', 'failed', 'cancelled')),
  CONSTRAINT "operations_ended_check"
    CHECK (("ended_at" IS NOT NULL) = ("state" IN ('succeeded', 'failed', 'cancelled'))),
  CONSTRAINT "operations_error_check" CHECK ("state" <> 'failed' OR "error" IS NOT NULL)
);
-- One open operation per database: a second request is refused here, whatever raced.
CREATE UNIQUE INDEX "operations_open_key" ON "operations" ("database_id")
  WHERE "state" IN ('pending', 'running', 'cancelling');
CREATE UNIQUE INDEX "operations_tenant_id_idempotency_key_key" ON "operations" ("tenant_id", "idempotency_key");
CREATE INDEX "operations_database_id_idx" ON "operations" ("database_id");
CREATE INDEX "operations_tenant_id_created_at_id_idx" ON "operations" ("tenant_id", "created_at", "id");

CREATE TABLE "steps" (
  "operation_id" TEXT NOT NULL,
  "plan_number" INTEGER NOT NULL,
  "ordinal" INTEGER NOT NULL,
  "phase" INTEGER NOT NULL,
  "name" TEXT NOT NULL,
  "resource" TEXT NOT NULL,
  "host_id" TEXT NOT NULL,
  "state" TEXT NOT NULL DEFAULT 'pending',
  "attempts" INTEGER NOT NULL DEFAULT 0,
  "started_at" TIMESTAMPTZ(3),
  "ended_at" TIMESTAMPTZ(3),
  "error" JSONB,
  CONSTRAINT "steps_pkey" PRIMARY KEY ("operation_id", "plan_number", "ordinal"),
  CONSTRAINT "steps_operation_id_fkey" FOREIGN KEY ("operation_id") REFERENCES "operations" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  CONSTRAINT "steps_state_check" CHECK ("state" IN ('pending', 'running', 'succeeded', 'failed'))
);

CREATE TABLE "events" (
  "sequence" BIGSERIAL NOT NULL,
  "tenant_id" TEXT NOT NULL,
  "database_id" TEXT NOT NULL,
  "operation_id" TEXT,
  "type" TEXT NOT NULL,
  "data" JSONB NOT NULL,
  "at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "events_pkey" PRIMARY KEY ("sequence")
);
CREATE INDEX "events_tenant_id_sequence_idx" ON "events" ("tenant_id", "sequence");

CREATE TABLE "audit_entries" (
  "id" BIGSERIAL NOT NULL,
  "tenant_id" TEXT NOT NULL,
  "actor" TEXT NOT NULL,
  "action" TEXT NOT NULL,
  "resource_kind" TEXT NOT NULL,
  "resource_id" TEXT NOT NULL,
  "resource_name" TEXT NOT NULL,
  "outcome" TEXT NOT NULL,
  "request_id" TEXT,
  "operation_id" TEXT,
  "at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "audit_entries_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "audit_entries_outcome_check" CHECK ("outcome" IN ('accepted', 'refused', 'succeeded', 'failed', 'cancelled'))
);
CREATE INDEX "audit_entries_tenant_id_id_idx" ON "audit_entries" ("tenant_id", "id");

CREATE TABLE "secrets" (
  "database_id" TEXT NOT NULL,
  "tenant_id" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "key_id" TEXT NOT NULL,
  "ciphertext" BYTEA NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "secrets_pkey" PRIMARY KEY ("database_id", "name"),
  CONSTRAINT "secrets_database_id_fkey" FOREIGN KEY ("database_id") REFERENCES "databases" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
