import { z } from 'zod';

type Unit = 'memory' | 'time';

/** What a parameter may be. Integers in a unit are given bare, in the base unit, or with a unit of PostgreSQL's. */
type Rule =
  | { readonly type: 'boolean' }
  | { readonly type: 'enum'; readonly values: readonly string[] }
  | { readonly type: 'text'; readonly pattern: RegExp; readonly form: string }
  | {
      readonly type: 'integer' | 'real';
      readonly min: number;
      readonly max: number;
      readonly unit?: Unit;
      readonly base?: string;
    };

const kilobytes = (min: number, max: number): Rule => ({ type: 'integer', min, max, unit: 'memory', base: 'kB' });
const milliseconds = (max: number): Rule => ({ type: 'integer', min: 0, max, unit: 'time', base: 'ms' });
const integer = (min: number, max: number): Rule => ({ type: 'integer', min, max });
const real = (min: number, max: number): Rule => ({ type: 'real', min, max });
const boolean: Rule = { type: 'boolean' };
const maxInteger = 2_147_483_647;

/**
 * The settings that a user may choose, with the ranges of PostgreSQL's documentation, chapter 20. What is not here is
 * refused: it either belongs to Slipway, or could harm the host or other users.
 */
const rules: Readonly<Record<string, Rule>> = {
  // 20.3 Connections
  max_connections: integer(5, 10_000),
  tcp_keepalives_idle: integer(0, 86_400),
  // 20.4 Resource consumption
  work_mem: kilobytes(64, maxInteger),
  maintenance_work_mem: kilobytes(1024, maxInteger),
  autovacuum_work_mem: { type: 'integer', min: -1, max: maxInteger, unit: 'memory', base: 'kB' },
  temp_buffers: integer(100, 1_073_741_823),
  hash_mem_multiplier: real(1, 1000),
  effective_io_concurrency: integer(0, 1000),
  max_parallel_workers: integer(0, 1024),
  max_parallel_workers_per_gather: integer(0, 1024),
  max_parallel_maintenance_workers: integer(0, 1024),
  // 20.5 Write ahead log
  commit_delay: integer(0, 100_000),
  wal_compression: { type: 'enum', values: ['on', 'off', 'pglz', 'lz4', 'zstd'] },
  checkpoint_timeout: { type: 'integer', min: 30, max: 86_400, unit: 'time', base: 's' },
  checkpoint_completion_target: real(0, 1),
  max_wal_size: { type: 'integer', min: 32, max: maxInteger, unit: 'memory', base: 'MB' },
  min_wal_size: { type: 'integer', min: 32, max: maxInteger, unit: 'memory', base: 'MB' },
  // 20.7 Query planning
  random_page_cost: real(0, 1_000_000),
  seq_page_cost: real(0, 1_000_000),
  cpu_tuple_cost: real(0, 1_000_000),
  default_statistics_target: integer(1, 10_000),
  jit: boolean,
  plan_cache_mode: { type: 'enum', values: ['auto', 'force_generic_plan', 'force_custom_plan'] },
  // 20.8 Reporting
  log_min_duration_statement: { type: 'integer', min: -1, max: maxInteger, unit: 'time', base: 'ms' },
  log_lock_waits: boolean,
  log_temp_files: { type: 'integer', min: -1, max: maxInteger, unit: 'memory', base: 'kB' },
  track_io_timing: boolean,
  track_functions: { type: 'enum', values: ['none', 'pl', 'all'] },
  // 20.10 Automatic vacuuming
  autovacuum: boolean,
  autovacuum_max_workers: integer(1, 1000),
  autovacuum_naptime: { type: 'integer', min: 1, max: 2_147_483, unit: 'time', base: 's' },
  autovacuum_vacuum_threshold: integer(0, maxInteger),
  autovacuum_analyze_threshold: integer(0, maxInteger),
  autovacuum_vacuum_scale_factor: real(0, 100),
  autovacuum_analyze_scale_factor: real(0, 100),
  autovacuum_vacuum_cost_limit: integer(-1, 10_000),
  // 20.11 Client connection defaults
  statement_timeout: milliseconds(maxInteger),
  lock_timeout: milliseconds(maxInteger),
  idle_in_transaction_session_timeout: milliseconds(maxInteger),
  idle_session_timeout: milliseconds(maxInteger),
  default_transaction_isolation: {
    type: 'enum',
    values: ['read committed', 'repeatable read', 'serializable', 'read uncommitted'],
  },
  timezone: { type: 'text', pattern: /^[A-Za-z0-9_+/-]{1,64}$/, form: 'a time zone name such as Europe/Berlin' },
  // 20.12 Lock management
  deadlock_timeout: { type: 'integer', min: 1, max: maxInteger, unit: 'time', base: 'ms' },
  max_locks_per_transaction: integer(10, 10_000),
};

/** How many base units each of PostgreSQL's units is (20.1.1), by the smallest: bytes and microseconds. */
const unitSizes: Readonly<Record<Unit, Readonly<Record<string, number>>>> = {
  memory: { B: 1, kB: 1024, MB: 1024 ** 2, GB: 1024 ** 3, TB: 1024 ** 4 },
  time: { us: 1, ms: 1e3, s: 1e6, min: 60e6, h: 3600e6, d: 86_400e6 },
};

type Given = string | number | boolean;

/** The value in PostgreSQL's own notation, or what was expected. */
function canonical(rule: Rule, value: Given): { readonly value: string } | { readonly expected: string } {
  switch (rule.type) {
    case 'boolean': {
      const text = String(value).toLowerCase();
      const known = { true: 'on', on: 'on', false: 'off', off: 'off' }[text];
      return known === undefined ? { expected: 'on or off' } : { value: known };
    }
    case 'enum':
      return rule.values.includes(String(value))
        ? { value: String(value) }
        : { expected: `one of ${rule.values.join(', ')}` };
    case 'text':
      return rule.pattern.test(String(value)) ? { value: String(value) } : { expected: rule.form };
    case 'integer':
    case 'real':
      return canonicalNumber(rule, value);
  }
}

function canonicalNumber(rule: Extract<Rule, { min: number }>, value: Given): { value: string } | { expected: string } {
  const { type, min, max, unit, base = '' } = rule;
  const units =
    unit === undefined ? '' : `, bare in ${base} or with a unit of ${Object.keys(unitSizes[unit]).join(', ')}`;
  const expected = { expected: `${type === 'integer' ? 'a whole number' : 'a number'} from ${min} to ${max}${units}` };
  const [, digits = '', suffix = ''] = /^(-?\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(String(value)) ?? [];
  if (digits === '' || typeof value === 'boolean') return expected;
  const sizes = unit === undefined ? {} : unitSizes[unit];
  if (suffix !== '' && sizes[suffix] === undefined) return expected;
  const inBase = suffix === '' ? Number(digits) : (Number(digits) * (sizes[suffix] ?? 1)) / (sizes[base] ?? 1);
  const isWhole = type === 'real' || Number.isInteger(Number(digits));
  return isWhole && inBase >= min && inBase <= max ? { value: `${digits}${suffix}` } : expected;
}

/** Settings that are Slipway's own: changing one would break what it promises. */
const managed =
  /^(archive_|restore_|recovery_|primary_|ssl|wal_level|fsync|full_page_writes|synchronous_|max_wal_senders|max_replication|hot_standby|listen_addresses|port$|unix_socket|hba_file|ident_file|data_directory|config_file|external_pid|password_encryption|shared_preload|session_preload|local_preload|dynamic_library|shared_buffers|effective_cache_size|huge_pages|log_statement|log_destination|logging_|log_directory|log_filename|log_line_prefix|data_checksums|row_security|allow_)/;

/** Parameters by name; the output has every value in PostgreSQL's notation. */
export const parametersSchema = z
  .record(
    z.string(),
    z.union([z.string(), z.number(), z.boolean()], { error: 'expected a string, a number or a boolean' }),
  )
  .transform((given, context) => {
    const values: Record<string, string> = {};
    for (const [name, value] of Object.entries(given)) {
      const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
      const result = rule === undefined ? refusal(name) : canonical(rule, value);
      if ('value' in result) values[name] = result.value;
      else context.issues.push({ code: 'custom', message: `expected ${result.expected}`, path: [name], input: value });
    }
    return values;
  });

function refusal(name: string): { readonly expected: string } {
  const reason = managed.test(name) ? 'it is managed by Slipway' : 'it is not in the list of allowed parameters';
  return { expected: `no parameter of this name: ${reason}` };
}
