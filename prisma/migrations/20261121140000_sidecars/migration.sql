-- A pooler and an exporter beside an instance: their ports, and what is wrong with them.
CREATE TABLE "sidecars" (
  "instance_id" TEXT NOT NULL,
  "role" TEXT NOT NULL,
  "database_id" TEXT NOT NULL,
  "tenant_id" TEXT NOT NULL,
  "host_id" TEXT NOT NULL,
  "host_port" INTEGER NOT NULL,
  "name" TEXT NOT NULL,
  "error" JSONB,
  CONSTRAINT "sidecars_pkey" PRIMARY KEY ("instance_id", "role"),
  CONSTRAINT "sidecars_role_check" CHECK ("role" IN ('pooler', 'exporter')),
  CONSTRAINT "sidecars_instance_id_fkey" FOREIGN KEY ("instance_id") REFERENCES "instances" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "sidecars_name_key" ON "sidecars" ("name");
CREATE UNIQUE INDEX "sidecars_host_id_host_port_key" ON "sidecars" ("host_id", "host_port");

UPDATE "databases" SET "spec" = "spec" ||
  '{"pooler": {"enabled": false, "poolSize": 20, "mode": "transaction"}, "exporter": {"enabled": false}}';
UPDATE "databases" SET "previous_spec" = "previous_spec" ||
  '{"pooler": {"enabled": false, "poolSize": 20, "mode": "transaction"}, "exporter": {"enabled": false}}'
  WHERE "previous_spec" IS NOT NULL;
