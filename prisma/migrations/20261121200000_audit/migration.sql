-- Who asked, with which key, from where, and what was so before and after. Without a tenant: about the installation.
ALTER TABLE "audit_entries"
  ALTER COLUMN "tenant_id" DROP NOT NULL,
  ADD COLUMN "key_id" TEXT,
  ADD COLUMN "address" TEXT,
  ADD COLUMN "user_agent" TEXT,
  ADD COLUMN "reason" TEXT,
  ADD COLUMN "before" JSONB,
  ADD COLUMN "after" JSONB;
CREATE INDEX "audit_entries_resource_id_id_idx" ON "audit_entries" ("resource_id", "id");

-- Entries are chained after they are committed, as whoever did it in their transactions would make all of them wait for
-- each other. Until then they stand in a queue.
CREATE TABLE "audit_unsealed" (
  "entry_id" BIGINT NOT NULL,
  CONSTRAINT "audit_unsealed_pkey" PRIMARY KEY ("entry_id")
);
-- No foreign key: to check one locks the entry, which needs the right to update it.
CREATE TABLE "audit_seals" (
  "place" BIGINT NOT NULL,
  "entry_id" BIGINT NOT NULL,
  "digest" BYTEA NOT NULL,
  CONSTRAINT "audit_seals_pkey" PRIMARY KEY ("place"),
  CONSTRAINT "audit_seals_digest_check" CHECK (length("digest") = 32)
);
CREATE UNIQUE INDEX "audit_seals_entry_id_key" ON "audit_seals" ("entry_id");

CREATE FUNCTION queue_audit_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('INSERT INTO %I.audit_unsealed (entry_id) VALUES ($1)', TG_TABLE_SCHEMA) USING NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER queue AFTER INSERT ON "audit_entries" FOR EACH ROW EXECUTE FUNCTION queue_audit_entry();
GRANT INSERT ON "audit_unsealed" TO slipway_tenant;
INSERT INTO "audit_unsealed" SELECT "id" FROM "audit_entries";

-- Nothing that was written is changed: the store's user gives its own right away, and a trigger stops who has it anyway.
DO $$ BEGIN
  EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON audit_entries, audit_seals FROM %I', current_user);
END $$;
CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit is only added to: % of % is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_entries"
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_seals"
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
