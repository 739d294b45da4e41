import { needsRestart } from '../../../domain/planning/restart-settings';

test.each([
  { name: 'max_connections', version: '17', needs: true },
  { name: 'work_mem', version: '17', needs: false },
  { name: 'autovacuum_max_workers', version: '17', needs: true },
  { name: 'autovacuum_max_workers', version: '18', needs: false },
])('$name in version $version needs a restart: $needs', ({ name, version, needs }) => {
  expect(needsRestart(name, version)).toBe(needs);
});

// `test/postgres/engine-settings.test.ts` compares the table with real engines.
test.each([
  'dynamic_shared_memory_type',
  'hot_standby',
  'huge_pages',
  'listen_addresses',
  'logging_collector',
  'max_connections',
  'max_locks_per_transaction',
  'max_replication_slots',
  'max_wal_senders',
  'max_worker_processes',
  'port',
  'reserved_connections',
  'shared_buffers',
  'unix_socket_directories',
  'wal_level',
])('%s needs a restart in every version', (name) => {
  expect(['15', '17', '18'].filter((version) => needsRestart(name, version))).toEqual(['15', '17', '18']);
});
