-- Where the chain of the audit begins once its oldest entries are in a file. Only what such a head covers may be deleted.
CREATE TABLE "audit_heads" (
  "place" BIGINT NOT NULL,
  "digest" BYTEA NOT NULL,
  "archived_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),
  CONSTRAINT "audit_heads_pkey" PRIMARY KEY ("place"),
  CONSTRAINT "audit_heads_digest_check" CHECK (length("digest") = 32)
);
DO $$ BEGIN
  EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON audit_heads FROM %I', current_user);
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_heads"
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

CREATE FUNCTION refuse_unarchived_entry() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE is_archived BOOLEAN;
BEGIN
  EXECUTE format('SELECT EXISTS (SELECT FROM %1$I.audit_seals WHERE entry_id = $1
    AND place <= (SELECT max(place) FROM %1$I.audit_heads))', TG_TABLE_SCHEMA) INTO is_archived USING OLD.id;
  IF NOT is_archived THEN
    RAISE EXCEPTION 'the audit is only added to: entry % is in no archive', OLD.id USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER archived_only BEFORE DELETE ON "audit_entries" FOR EACH ROW EXECUTE FUNCTION refuse_unarchived_entry();
