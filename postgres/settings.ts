import type { Size } from '../domain/spec';

const mebibyte = 1024 ** 2;

/** Slipway's own settings, which no user parameter can change. */
const managedSettings: Readonly<Record<string, string>> = {
  listen_addresses: '*',
  port: '5432',
  unix_socket_directories: '/var/run/postgresql',
  // 20.3.3: passwords are stored only as SCRAM verifiers.
  password_encryption: 'scram-sha-256',
  ssl: 'off',
  // 20.5.1, 20.6.1: allows a standby and a base backup later, without a restart.
  wal_level: 'replica',
  max_wal_senders: '10',
  max_replication_slots: '10',
  hot_standby: 'on',
  // 20.5.1: users cannot trade durability for speed.
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  // Docker keeps the log. Statements do not belong in it, because some contain a password.
  logging_collector: 'off',
  log_destination: 'stderr',
  log_statement: 'none',
  log_line_prefix: '%m [%p] %q%u@%d ',
  log_timezone: 'UTC',
  // Log messages do not depend on the image's locale.
  lc_messages: 'C',
  // The container's own setting limits its /dev/shm, so parallel queries stay within the container.
  dynamic_shared_memory_type: 'posix',
  // Huge pages that the host has but the container may not use would end the server with SIGBUS.
  huge_pages: 'off',
};

export interface SettingsInput extends Size {
  /** The major version of PostgreSQL. */
  readonly version: string;
  /** Chosen by the user, in PostgreSQL's notation. */
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * The engine's configuration for a size. User parameters override settings derived from the size; Slipway's own
 * settings override both. The rules follow PostgreSQL's advice (sections 20.4.1, 20.7.2) within a container, whose
 * memory limit is hard: exceeding it ends a backend.
 */
export function settingsOf({ version, memoryBytes, nanoCpus, parameters }: SettingsInput): Record<string, string> {
  return { ...sizedSettings({ memoryBytes, nanoCpus }, parameters), ...parameters, ...managedFor(version) };
}

function sizedSettings(
  { memoryBytes, nanoCpus }: Size,
  parameters: SettingsInput['parameters'],
): Record<string, string> {
  const cpus = Math.max(1, Math.floor(nanoCpus / 1e9));
  const memory = Math.floor(memoryBytes / mebibyte);
  // One connection per 8 MB, about the average of an idle and a busy backend.
  const connections = Number(parameters.max_connections ?? clamp(Math.floor(memory / 8), 20, 500));
  // 15.1: a parallel query is worthwhile only if its workers have processors of their own.
  const parallelWorkers = String(Math.floor(cpus / 2));
  return {
    // 20.4.1: a quarter of the memory. It also sizes wal_buffers (20.5.1).
    shared_buffers: `${clamp(Math.floor(memory / 4), 16, 16_384)}MB`,
    // 20.7.2: the buffers and the system's cache together; three quarters of the memory.
    effective_cache_size: `${Math.max(32, Math.floor((memory * 3) / 4))}MB`,
    max_connections: String(connections),
    // 20.4.1: a query may use several of these; a quarter of the memory if every connection sorts once.
    work_mem: `${clamp(Math.floor((memory * 1024) / connections / 4), 512, 65_536)}kB`,
    // 20.4.1: a session runs one maintenance operation at a time; three autovacuum workers come on top.
    maintenance_work_mem: `${clamp(Math.floor(memory / 16), 4, 2048)}MB`,
    max_worker_processes: String(Math.max(8, cpus * 2)),
    max_parallel_workers: String(cpus),
    max_parallel_workers_per_gather: parallelWorkers,
    max_parallel_maintenance_workers: parallelWorkers,
    // 20.7.2: on solid-state storage a random page costs little more than the next one, and (20.4) many can be
    // requested at once.
    random_page_cost: '1.1',
    effective_io_concurrency: '200',
    // The values that initdb would write into its own configuration file, which is not used.
    timezone: 'UTC',
    default_text_search_config: 'pg_catalog.english',
  };
}

/**
 * 20.3.1: since 16, connections can be reserved for a role: the control plane's, for when users have taken the rest.
 */
function managedFor(version: string): Readonly<Record<string, string>> {
  return Number(version) >= 16 ? { ...managedSettings, reserved_connections: '2' } : managedSettings;
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}
