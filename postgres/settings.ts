import type { Size } from '../domain/spec';

const mebibyte = 1024 ** 2;

/** Settings that are Slipway's: no parameter of a user changes them. */
const managedSettings: Readonly<Record<string, string>> = {
  listen_addresses: '*',
  port: '5432',
  unix_socket_directories: '/var/run/postgresql',
  // 20.3.3: only SCRAM verifiers are made and taken.
  password_encryption: 'scram-sha-256',
  ssl: 'off',
  // 20.5.1, 20.6.1: what a standby and a base backup need, later, without a restart.
  wal_level: 'replica',
  max_wal_senders: '10',
  max_replication_slots: '10',
  hot_standby: 'on',
  // 20.5.1: durability is not for sale.
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  // Docker keeps the log. Every statement in it would be too much, as some hold a password.
  logging_collector: 'off',
  log_destination: 'stderr',
  log_statement: 'none',
  log_line_prefix: '%m [%p] %q%u@%d ',
  log_timezone: 'UTC',
  // What the log says does not depend on the image's locale.
  lc_messages: 'C',
  // A container's /dev/shm is limited by its own setting, so parallel queries stay within the container.
  dynamic_shared_memory_type: 'posix',
  // Huge pages that the host has and the container may not use would end the server with SIGBUS.
  huge_pages: 'off',
};

export interface SettingsInput extends Size {
  /** The major version of PostgreSQL. */
  readonly version: string;
  /** Chosen by the user, in PostgreSQL's notation. */
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * The engine's configuration for a size: a user's parameters before what follows from the size, and Slipway's own
 * before both. The rules are PostgreSQL's own advice (sections 20.4.1, 20.7.2) kept within a container: its memory
 * limit is hard, and what it uses beyond ends a backend.
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
  // One connection per 8 MB, which is about what an idle and a busy backend average.
  const connections = Number(parameters.max_connections ?? clamp(Math.floor(memory / 8), 20, 500));
  // 15.1: a parallel query is worth it only where its workers have processors of their own.
  const parallelWorkers = String(Math.floor(cpus / 2));
  return {
    // 20.4.1: a quarter of the memory. It also sizes wal_buffers (20.5.1).
    shared_buffers: `${clamp(Math.floor(memory / 4), 16, 16_384)}MB`,
    // 20.7.2: what the buffers and the system's cache have together; three quarters of the memory.
    effective_cache_size: `${Math.max(32, Math.floor((memory * 3) / 4))}MB`,
    max_connections: String(connections),
    // 20.4.1: several per query and connection; a quarter of the memory if every connection sorts once.
    work_mem: `${clamp(Math.floor((memory * 1024) / connections / 4), 512, 65_536)}kB`,
    // 20.4.1: a session has one maintenance at a time, beside three autovacuum workers.
    maintenance_work_mem: `${clamp(Math.floor(memory / 16), 4, 2048)}MB`,
    max_worker_processes: String(Math.max(8, cpus * 2)),
    max_parallel_workers: String(cpus),
    max_parallel_workers_per_gather: parallelWorkers,
    max_parallel_maintenance_workers: parallelWorkers,
    // 20.7.2: on solid state storage a random page costs little more than the next one, and (20.4) many can be asked
    // for at once.
    random_page_cost: '1.1',
    effective_io_concurrency: '200',
    // What initdb would have written into its own configuration file, which is not used.
    timezone: 'UTC',
    default_text_search_config: 'pg_catalog.english',
  };
}

/** 20.3.1: since 16, some connections can be kept for a role: the control plane's, when users have taken the rest. */
function managedFor(version: string): Readonly<Record<string, string>> {
  return Number(version) >= 16 ? { ...managedSettings, reserved_connections: '2' } : managedSettings;
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}
