-- The name by which processes of the version before recognize a name in use.
ALTER INDEX IF EXISTS "databases_tenant_id_name_shown_key" RENAME TO "databases_tenant_id_name_key";
