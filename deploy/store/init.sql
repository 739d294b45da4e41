-- Run once, by the store's first start: who uses it, and their databases. The passwords come from files.
\set ON_ERROR_STOP on
\set slipway_password `cat /run/secrets/store_slipway_password`
\set temporal_password `cat /run/secrets/store_temporal_password`
CREATE ROLE slipway LOGIN PASSWORD :'slipway_password';
CREATE ROLE temporal LOGIN PASSWORD :'temporal_password';
CREATE DATABASE slipway OWNER slipway;
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
