#!/bin/sh
# Migrates Temporal's two databases to the schema of this version of its tools. May be repeated.
set -eu
SQL_PASSWORD=$(cat /run/secrets/store_temporal_password)
export SQL_PASSWORD
for pair in temporal:temporal temporal_visibility:visibility; do
  export SQL_DATABASE="${pair%%:*}"
  temporal-sql-tool setup-schema --version 0.0
  temporal-sql-tool update-schema --schema-dir "/etc/temporal/schema/postgresql/v12/${pair##*:}/versioned"
done
