#!/bin/sh
# Makes the secrets of compose.yaml in deploy/secrets (or the folder that is given), and never one that is there.
# The folder is closed to all but its owner. The files in it are not: in each container another user reads them.
set -eu
folder=${1:-$(dirname "$0")/secrets}
mkdir -p "$folder"
chmod 700 "$folder"

# keep <name> <command>: what the command prints, under its name only when it is whole.
keep() {
  name=$1 && shift
  [ -e "$folder/$name" ] || (umask 022 && "$@" > "$folder/$name.new" && mv "$folder/$name.new" "$folder/$name")
}

keep secret_key openssl rand -base64 32
for secret in store_superuser_password store_slipway_password store_temporal_password; do
  keep "$secret" openssl rand -hex 24
done
password=$(cat "$folder/store_slipway_password")
keep store_url echo "postgresql://slipway:$password@127.0.0.1:5432/slipway"
