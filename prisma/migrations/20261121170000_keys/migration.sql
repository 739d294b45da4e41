-- Who may ask, and for whom. What was made before there were tenants is the first one's.
CREATE TABLE "tenants" (
  "id" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "tenants_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "tenants_name_key" ON "tenants" ("name");
INSERT INTO "tenants" ("id", "name", "created_at")
  SELECT id, id, now() FROM (SELECT 'default' AS id UNION SELECT tenant_id FROM databases) AS ids;

-- Without a tenant a key is one of the installation. It goes with its tenant.
CREATE TABLE "api_keys" (
  "id" TEXT NOT NULL,
  "tenant_id" TEXT,
  "name" TEXT NOT NULL,
  "role" TEXT NOT NULL,
  "digest" BYTEA NOT NULL,
  "created_by" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL,
  "expires_at" TIMESTAMPTZ(3),
  "last_used_at" TIMESTAMPTZ(3),
  "replaced_by" TEXT,
  CONSTRAINT "api_keys_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "api_keys_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT "api_keys_role_check" CHECK ("role" IN ('viewer', 'operator', 'admin')),
  CONSTRAINT "api_keys_digest_check" CHECK (length("digest") = 32)
);
CREATE INDEX "api_keys_tenant_id_created_at_id_idx" ON "api_keys" ("tenant_id", "created_at", "id");

-- A tenant with databases stays, whatever races.
ALTER TABLE "databases" ADD CONSTRAINT "databases_tenant_id_fkey"
  FOREIGN KEY ("tenant_id") REFERENCES "tenants" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- A row belongs to the tenant of the row that it is a part of.
CREATE UNIQUE INDEX "databases_id_tenant_id_key" ON "databases" ("id", "tenant_id");
CREATE UNIQUE INDEX "instances_id_tenant_id_key" ON "instances" ("id", "tenant_id");
CREATE UNIQUE INDEX "operations_id_tenant_id_key" ON "operations" ("id", "tenant_id");
ALTER TABLE "instances" DROP CONSTRAINT "instances_database_id_fkey";
ALTER TABLE "instances" ADD CONSTRAINT "instances_database_id_tenant_id_fkey"
  FOREIGN KEY ("database_id", "tenant_id") REFERENCES "databases" ("id", "tenant_id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "secrets" DROP CONSTRAINT "secrets_database_id_fkey";
ALTER TABLE "secrets" ADD CONSTRAINT "secrets_database_id_tenant_id_fkey"
  FOREIGN KEY ("database_id", "tenant_id") REFERENCES "databases" ("id", "tenant_id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "observed_statuses" DROP CONSTRAINT "observed_statuses_instance_id_fkey";
ALTER TABLE "observed_statuses" ADD CONSTRAINT "observed_statuses_instance_id_tenant_id_fkey"
  FOREIGN KEY ("instance_id", "tenant_id") REFERENCES "instances" ("id", "tenant_id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "sidecars" DROP CONSTRAINT "sidecars_instance_id_fkey";
ALTER TABLE "sidecars" ADD CONSTRAINT "sidecars_instance_id_tenant_id_fkey"
  FOREIGN KEY ("instance_id", "tenant_id") REFERENCES "instances" ("id", "tenant_id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "steps" DROP CONSTRAINT "steps_operation_id_fkey";
ALTER TABLE "steps" ADD CONSTRAINT "steps_operation_id_tenant_id_fkey"
  FOREIGN KEY ("operation_id", "tenant_id") REFERENCES "operations" ("id", "tenant_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- The second wall: what the API does for a tenant it does as a role that sees this tenant's rows only. The role cannot log
-- in. The store's user switches to it for one transaction: no policy ever binds a superuser or a table's owner.
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'slipway_tenant') THEN
    CREATE ROLE slipway_tenant NOLOGIN;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
  NULL; -- Another store on this server has just made it: roles are the server's.
END $$;
DO $$ BEGIN
  -- Until PostgreSQL 16 a member may switch; from then on membership says so by itself.
  IF NOT pg_has_role(current_user, 'slipway_tenant',
      CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END) THEN
    EXECUTE format('GRANT slipway_tenant TO %I', current_user);
  END IF;
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO slipway_tenant', current_schema());
END $$;

GRANT SELECT, INSERT, UPDATE ON "databases" TO slipway_tenant;
GRANT SELECT, INSERT ON "operations", "events", "audit_entries" TO slipway_tenant;
GRANT SELECT ON "hosts", "instances", "observed_statuses", "sidecars", "steps", "orphans", "secrets" TO slipway_tenant;
GRANT SELECT, INSERT, UPDATE, DELETE ON "api_keys" TO slipway_tenant;
GRANT USAGE ON SEQUENCE "events_sequence_seq", "audit_entries_id_seq" TO slipway_tenant;

DO $$
DECLARE tenants_table regclass;
BEGIN
  FOR tenants_table IN
    SELECT attrelid::regclass FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE attname = 'tenant_id' AND relkind = 'r' AND relnamespace = to_regnamespace(quote_ident(current_schema()))
  LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', tenants_table);
    -- Without a tenant the setting is null or empty, and no row is seen.
    EXECUTE format('CREATE POLICY tenant ON %s TO slipway_tenant
      USING (tenant_id = current_setting(''slipway.tenant_id'', true))', tenants_table);
  END LOOP;
END $$;
