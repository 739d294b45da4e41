#!/bin/sh
# Creates the secrets of compose.yaml in deploy/secrets or the given folder; never overwrites one.
# Only the owner can enter the folder. Everyone can read the files: each container reads them as another user.
set -eu
folder=${1:-$(dirname "$0")/secrets}
mkdir -p "$folder"
chmod 700 "$folder"

# keep <name> <command>: stores the command's output under this name, once it is complete and only if the name is new.
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
