CREATE FUNCTION refuse_unarchived_seal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE is_archived BOOLEAN;
BEGIN
  EXECUTE format('SELECT coalesce($1 <= max(place), false) FROM %I.audit_heads', TG_TABLE_SCHEMA) INTO is_archived USING OLD.place;
  IF NOT is_archived THEN
    RAISE EXCEPTION 'the audit is only added to: place % is in no archive', OLD.place USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER archived_only BEFORE DELETE ON "audit_seals" FOR EACH ROW EXECUTE FUNCTION refuse_unarchived_seal();

-- Deletes of entries and seals are decided row by row from now on.
CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND TG_TABLE_NAME <> 'audit_heads' THEN RETURN NULL; END IF;
  RAISE EXCEPTION 'the audit is only added to: % of % is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
