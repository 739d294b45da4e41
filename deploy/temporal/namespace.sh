#!/bin/sh
# Creates Slipway's namespace in Temporal and its search attributes. May be repeated.
set -eu
: "${TEMPORAL_ADDRESS:=127.0.0.1:7233}" "${TEMPORAL_NAMESPACE:=slipway}"
export TEMPORAL_ADDRESS TEMPORAL_NAMESPACE

temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" > /dev/null 2>&1 ||
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention 168h

# A new namespace reaches Temporal's services one after the other.
tries=0
until present=$(temporal operator search-attribute list --namespace "$TEMPORAL_NAMESPACE" 2>&1); do
  tries=$((tries + 1))
  [ "$tries" -lt 60 ] || { printf '%s\n' "$present" >&2; exit 1; }
  sleep 1
done

for name in databaseId databaseName operationId operationKind tenant phase host; do
  printf '%s\n' "$present" | grep -qw "$name" ||
    temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" --name "$name" --type Keyword
done
