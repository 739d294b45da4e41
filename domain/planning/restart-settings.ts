const always = Number.POSITIVE_INFINITY;

/**
 * The settings that need a restart (PostgreSQL, chapter 20; `pg_settings.context` is `postmaster`), among those that
 * Slipway sets or users may set, and the last major in which they do.
 */
const restartSettings: ReadonlyMap<string, number> = new Map([
  // Since 18 without a restart, up to `autovacuum_worker_slots`.
  ['autovacuum_max_workers', 17],
  ['dynamic_shared_memory_type', always],
  ['hot_standby', always],
  ['huge_pages', always],
  ['listen_addresses', always],
  ['logging_collector', always],
  ['max_connections', always],
  ['max_locks_per_transaction', always],
  ['max_replication_slots', always],
  ['max_wal_senders', always],
  ['max_worker_processes', always],
  ['port', always],
  ['reserved_connections', always],
  ['shared_buffers', always],
  ['unix_socket_directories', always],
  ['wal_level', always],
]);

/** Whether a setting needs a restart in a major version, for an engine that cannot be asked. */
export function needsRestart(name: string, version: string): boolean {
  return Number(version) <= (restartSettings.get(name) ?? 0);
}
