-- Runs once, at the store's first start: creates its roles and their databases. The passwords come from files.
\set ON_ERROR_STOP on
\set slipway_password `cat /run/secrets/store_slipway_password`
\set temporal_password `cat /run/secrets/store_temporal_password`
-- An unreadable file yields an empty password, which PostgreSQL treats as none: stop instead.
SELECT :'slipway_password' = '' OR :'temporal_password' = '' AS is_missing \gset
\if :is_missing
  DO $$ BEGIN RAISE EXCEPTION 'a password of the store cannot be read from /run/secrets'; END $$;
\endif
CREATE ROLE slipway LOGIN PASSWORD :'slipway_password';
-- The role that row-level security restricts to one tenant; Slipway's role switches to it.
CREATE ROLE slipway_tenant NOLOGIN;
GRANT slipway_tenant TO slipway;
CREATE ROLE temporal LOGIN PASSWORD :'temporal_password';
CREATE DATABASE slipway OWNER slipway;
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
