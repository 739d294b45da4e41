-- The partial index takes its place.
DROP INDEX CONCURRENTLY IF EXISTS "databases_tenant_id_name_key"
