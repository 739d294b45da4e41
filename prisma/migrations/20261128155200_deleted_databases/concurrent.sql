CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "databases_tenant_id_name_shown_key"
  ON "databases" ("tenant_id", "name") WHERE "deleted_at" IS NULL
