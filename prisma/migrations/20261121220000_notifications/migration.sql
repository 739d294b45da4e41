-- Who is told. `config` has nothing that is secret; what is, is sealed under the key that `key_id` names.
CREATE TABLE "notification_channels" (
  "id" TEXT NOT NULL,
  "tenant_id" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "kind" TEXT NOT NULL,
  "config" JSONB NOT NULL,
  "key_id" TEXT NOT NULL,
  "ciphertext" BYTEA NOT NULL,
  "on_orphan_found" BOOLEAN NOT NULL,
  "enabled" BOOLEAN NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL,
  "updated_at" TIMESTAMPTZ(3) NOT NULL,
  "last_notified_at" TIMESTAMPTZ(3),
  CONSTRAINT "notification_channels_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "notification_channels_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT "notification_channels_kind_check" CHECK ("kind" IN ('webhook', 'slack', 'discord', 'smtp'))
);
CREATE UNIQUE INDEX "notification_channels_tenant_id_name_key" ON "notification_channels" ("tenant_id", "name");
CREATE UNIQUE INDEX "notification_channels_id_tenant_id_key" ON "notification_channels" ("id", "tenant_id");
CREATE INDEX "notification_channels_tenant_id_created_at_id_idx" ON "notification_channels" ("tenant_id", "created_at", "id");

-- Of which database a channel is told what. They go with the check, which goes with its database.
CREATE TABLE "notification_bindings" (
  "health_check_id" TEXT NOT NULL,
  "channel_id" TEXT NOT NULL,
  "tenant_id" TEXT NOT NULL,
  "notices" TEXT[] NOT NULL,
  "enabled" BOOLEAN NOT NULL,
  "last_notified_at" TIMESTAMPTZ(3),
  CONSTRAINT "notification_bindings_pkey" PRIMARY KEY ("health_check_id", "channel_id"),
  CONSTRAINT "notification_bindings_health_check_id_tenant_id_fkey" FOREIGN KEY ("health_check_id", "tenant_id") REFERENCES "health_checks" ("id", "tenant_id") ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT "notification_bindings_channel_id_tenant_id_fkey" FOREIGN KEY ("channel_id", "tenant_id") REFERENCES "notification_channels" ("id", "tenant_id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "notification_bindings_channel_id_idx" ON "notification_bindings" ("channel_id");

-- A message for a channel: its id is the same however often it is sent. `began_at`: when it was first tried, or first
-- again after somebody asked for it.
CREATE TABLE "notification_deliveries" (
  "id" TEXT NOT NULL,
  "tenant_id" TEXT NOT NULL,
  "channel_id" TEXT NOT NULL,
  "type" TEXT NOT NULL,
  "state" TEXT NOT NULL DEFAULT 'pending',
  "attempts" INTEGER NOT NULL DEFAULT 0,
  "error" JSONB,
  "created_at" TIMESTAMPTZ(3) NOT NULL,
  "updated_at" TIMESTAMPTZ(3) NOT NULL,
  "began_at" TIMESTAMPTZ(3),
  "next_attempt_at" TIMESTAMPTZ(3),
  "sent_at" TIMESTAMPTZ(3),
  CONSTRAINT "notification_deliveries_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "notification_deliveries_channel_id_tenant_id_fkey" FOREIGN KEY ("channel_id", "tenant_id") REFERENCES "notification_channels" ("id", "tenant_id") ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT "notification_deliveries_state_check" CHECK ("state" IN ('pending', 'sending', 'delivered', 'failed'))
);
CREATE INDEX "notification_deliveries_channel_id_created_at_id_idx" ON "notification_deliveries" ("channel_id", "created_at", "id");
CREATE INDEX "notification_deliveries_open_idx" ON "notification_deliveries" ("state", "id") WHERE "state" IN ('pending', 'sending');

-- The outbox: what a channel is to be told, written by what it tells, in no message until it is gathered into one.
CREATE TABLE "notification_notices" (
  "sequence" BIGSERIAL NOT NULL,
  "tenant_id" TEXT NOT NULL,
  "channel_id" TEXT NOT NULL,
  "delivery_id" TEXT,
  "type" TEXT NOT NULL,
  "database_id" TEXT,
  "operation_id" TEXT,
  "data" JSONB NOT NULL,
  "at" TIMESTAMPTZ(3) NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),
  CONSTRAINT "notification_notices_pkey" PRIMARY KEY ("sequence"),
  CONSTRAINT "notification_notices_channel_id_tenant_id_fkey" FOREIGN KEY ("channel_id", "tenant_id") REFERENCES "notification_channels" ("id", "tenant_id") ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT "notification_notices_delivery_id_fkey" FOREIGN KEY ("delivery_id") REFERENCES "notification_deliveries" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "notification_notices_delivery_id_idx" ON "notification_notices" ("delivery_id");
CREATE INDEX "notification_notices_outbox_idx" ON "notification_notices" ("channel_id", "sequence") WHERE "delivery_id" IS NULL;
CREATE INDEX "notification_notices_channel_id_database_id_sequence_idx" ON "notification_notices" ("channel_id", "database_id", "sequence");

-- When it was told that an operation makes no progress; once.
ALTER TABLE "operations" ADD COLUMN "stuck_at" TIMESTAMPTZ(3);

GRANT SELECT, INSERT, UPDATE, DELETE ON "notification_channels", "notification_bindings" TO slipway_tenant;
GRANT SELECT, UPDATE ON "notification_deliveries" TO slipway_tenant;
GRANT SELECT, INSERT ON "notification_notices" TO slipway_tenant;
GRANT USAGE ON SEQUENCE "notification_notices_sequence_seq" TO slipway_tenant;
ALTER TABLE "notification_channels" ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON "notification_channels" TO slipway_tenant USING (tenant_id = current_setting('slipway.tenant_id', true));
ALTER TABLE "notification_bindings" ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON "notification_bindings" TO slipway_tenant USING (tenant_id = current_setting('slipway.tenant_id', true));
ALTER TABLE "notification_deliveries" ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON "notification_deliveries" TO slipway_tenant USING (tenant_id = current_setting('slipway.tenant_id', true));
ALTER TABLE "notification_notices" ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON "notification_notices" TO slipway_tenant USING (tenant_id = current_setting('slipway.tenant_id', true));
