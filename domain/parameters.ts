import { z } from 'zod';

/** PostgreSQL's units (20.1.1), the largest first, in bytes and in microseconds. */
const memoryUnits = { TB: 1024 ** 4, GB: 1024 ** 3, MB: 1024 ** 2, kB: 1024, B: 1 };
const timeUnits = { d: 86_400e6, h: 3_600e6, min: 60e6, s: 1e6, ms: 1e3, us: 1 };

/** The units of integers given without one, by their names in `pg_settings.unit`. */
const baseUnits = {
  '8kB': { size: 8192, units: memoryUnits },
  kB: { size: memoryUnits.kB, units: memoryUnits },
  MB: { size: memoryUnits.MB, units: memoryUnits },
  ms: { size: timeUnits.ms, units: timeUnits },
  s: { size: timeUnits.s, units: timeUnits },
};
type BaseUnit = keyof typeof baseUnits;

interface UnitFamily {
  readonly size: number;
  readonly units: Readonly<Record<string, number>>;
}

/** The valid values of a parameter; both bounds are inclusive, and in the base unit if there is one. */
export type ParameterRule =
  | { readonly type: 'boolean' }
  | { readonly type: 'enum'; readonly values: readonly string[] }
  | { readonly type: 'timezone' }
  | { readonly type: 'integer'; readonly min: number; readonly max: number; readonly base?: BaseUnit }
  | { readonly type: 'real'; readonly min: number; readonly max: number };

const integer = (min: number, max: number, base?: BaseUnit): ParameterRule =>
  base === undefined ? { type: 'integer', min, max } : { type: 'integer', min, max, base };
const real = (min: number, max: number): ParameterRule => ({ type: 'real', min, max });
const oneOf = (...values: string[]): ParameterRule => ({ type: 'enum', values });
const boolean: ParameterRule = { type: 'boolean' };
const maxInteger = 2_147_483_647;

/**
 * The settings that a user may change, within the ranges of PostgreSQL's documentation (chapter 20). All others are
 * rejected: Slipway manages them, or they could harm the host or other users.
 */
export const allowedParameters: Readonly<Record<string, ParameterRule>> = {
  // 20.3 Connections. The minimum covers the reserved connections (20.3.1) and a few for the user.
  max_connections: integer(10, 10_000),
  tcp_keepalives_idle: integer(0, maxInteger, 's'),
  // 20.4 Resource consumption
  work_mem: integer(64, maxInteger, 'kB'),
  maintenance_work_mem: integer(1024, maxInteger, 'kB'),
  autovacuum_work_mem: integer(-1, maxInteger, 'kB'),
  temp_buffers: integer(100, 1_073_741_823, '8kB'),
  hash_mem_multiplier: real(1, 1000),
  effective_io_concurrency: integer(0, 1000),
  maintenance_io_concurrency: integer(0, 1000),
  max_parallel_workers: integer(0, 1024),
  max_parallel_workers_per_gather: integer(0, 1024),
  max_parallel_maintenance_workers: integer(0, 1024),
  // 20.5 Write ahead log
  commit_delay: integer(0, 100_000),
  wal_compression: oneOf('on', 'off', 'pglz', 'lz4', 'zstd'),
  checkpoint_timeout: integer(30, 86_400, 's'),
  checkpoint_completion_target: real(0, 1),
  max_wal_size: integer(32, maxInteger, 'MB'),
  min_wal_size: integer(32, maxInteger, 'MB'),
  // 20.7 Query planning
  random_page_cost: real(0, 1_000_000),
  seq_page_cost: real(0, 1_000_000),
  cpu_tuple_cost: real(0, 1_000_000),
  default_statistics_target: integer(1, 10_000),
  from_collapse_limit: integer(1, maxInteger),
  join_collapse_limit: integer(1, maxInteger),
  jit: boolean,
  plan_cache_mode: oneOf('auto', 'force_generic_plan', 'force_custom_plan'),
  // 20.8 and 20.9 Reporting and statistics
  log_min_duration_statement: integer(-1, maxInteger, 'ms'),
  log_lock_waits: boolean,
  log_temp_files: integer(-1, maxInteger, 'kB'),
  track_io_timing: boolean,
  track_functions: oneOf('none', 'pl', 'all'),
  // 20.10 Automatic vacuuming
  autovacuum: boolean,
  autovacuum_max_workers: integer(1, 1000),
  autovacuum_naptime: integer(1, 2_147_483, 's'),
  autovacuum_vacuum_threshold: integer(0, maxInteger),
  autovacuum_analyze_threshold: integer(0, maxInteger),
  autovacuum_vacuum_scale_factor: real(0, 100),
  autovacuum_analyze_scale_factor: real(0, 100),
  autovacuum_vacuum_cost_limit: integer(-1, 10_000),
  // 20.11 Client connection defaults
  statement_timeout: integer(0, maxInteger, 'ms'),
  lock_timeout: integer(0, maxInteger, 'ms'),
  idle_in_transaction_session_timeout: integer(0, maxInteger, 'ms'),
  idle_session_timeout: integer(0, maxInteger, 'ms'),
  default_transaction_isolation: oneOf('read committed', 'repeatable read', 'serializable', 'read uncommitted'),
  timezone: { type: 'timezone' },
  // 20.12 Lock management
  deadlock_timeout: integer(1, maxInteger, 'ms'),
  max_locks_per_transaction: integer(10, 10_000),
};

type ParameterInput = string | number | boolean;
type Verdict = { readonly value: string } | { readonly expected: string };

/** The value in PostgreSQL's notation, the same for equal values; for an invalid value, the expected form. */
function canonical(rule: ParameterRule, input: ParameterInput): Verdict {
  const text = String(input).trim();
  switch (rule.type) {
    case 'boolean':
      if (/^(on|true|yes|1)$/i.test(text)) return { value: 'on' };
      return /^(off|false|no|0)$/i.test(text) ? { value: 'off' } : { expected: 'on or off' };
    case 'enum': {
      const value = text.toLowerCase();
      return rule.values.includes(value) ? { value } : { expected: `one of ${rule.values.join(', ')}` };
    }
    case 'timezone':
      return isTimeZone(text) ? { value: text } : { expected: 'a time zone such as UTC or Europe/Berlin' };
    case 'real': {
      const number = /^[-+]?\d*\.?\d+(e[-+]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
      if (number >= rule.min && number <= rule.max) return { value: String(number) };
      return { expected: `a number from ${rule.min} to ${rule.max}` };
    }
    case 'integer':
      return canonicalInteger(rule, text);
  }
}

/**
 * A whole number of base units, written in the largest unit that keeps it whole. PostgreSQL would round fractions
 * (20.1.1), and so turn a timeout of 400us into no timeout.
 */
function canonicalInteger({ min, max, base }: Extract<ParameterRule, { type: 'integer' }>, text: string): Verdict {
  const { size: baseSize, units }: UnitFamily = base === undefined ? { size: 1, units: {} } : baseUnits[base];
  const bare = base === undefined ? '' : `, in units of ${base} or with a unit: ${Object.keys(units).join(', ')}`;
  const expected = { expected: `a whole number from ${min} to ${max}${bare}` };

  const [, digits, unit = ''] = /^([-+]?\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(text) ?? [];
  const unitSize = unit === '' ? baseSize : units[unit];
  if (digits === undefined || unitSize === undefined) return expected;
  // Rounded to the nearest thousandth: 1.1 has no exact binary fraction.
  const size = Math.round(Number(digits) * unitSize * 1000) / 1000;
  const count = size / baseSize;
  if (!Number.isInteger(count) || count < min || count > max) return expected;
  const [largest, largestSize] = Object.entries(units).find(([, one]) => count > 0 && size % one === 0) ?? [
    '',
    baseSize,
  ];
  return { value: `${size / largestSize}${largest}` };
}

/** Whether this runtime and the data of every distribution know the time zone, which excludes the old `US/Pacific`. */
function isTimeZone(name: string): boolean {
  if (
    !/^(UTC|GMT|(Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Etc|Europe|Indian|Pacific)\/.+)$/.test(name)
  ) {
    return false;
  }
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    // `DateTimeFormat` throws a RangeError for an unknown time zone.
    return false;
  }
}

/** Prefixes of the settings that Slipway manages: changing one would break its promises. */
const managedPrefixes = `
  allow_ archive_ cluster_name config_file data_ dynamic_ effective_cache_size external_pid_file fsync full_page_writes
  hba_file hot_standby huge_page ident_file lc_ listen_addresses local_preload_libraries log_destination log_directory
  log_file log_line_prefix log_rotation log_statement log_timezone logging_ max_replication_slots max_wal_senders
  max_worker_processes password_ port primary_ promote_ recovery_ reserved_connections restart_after_crash
  restore_command scram_iterations session_preload_libraries shared_ ssl superuser_reserved_connections synchronous_
  syslog_ unix_socket_ wal_level`
  .trim()
  .split(/\s+/);

/**
 * Parameters by name; the output has every value in PostgreSQL's notation. The path of an issue ends in the parameter.
 */
export const parametersSchema = z
  .record(
    z.string(),
    z.union([z.string(), z.number(), z.boolean()], { error: 'expected a string, a number or a boolean' }),
  )
  .transform((input, context) => {
    const values: Record<string, string> = {};
    for (const [name, value] of Object.entries(input)) {
      const rule = isAllowed(name) ? allowedParameters[name] : undefined;
      const verdict = rule === undefined ? refusal(name) : canonical(rule, value);
      if ('value' in verdict) values[name] = verdict.value;
      else context.issues.push({ code: 'custom', message: `expected ${verdict.expected}`, path: [name], input: value });
    }
    return values;
  });

/** Parameters to set, or to reset to their defaults with null (RFC 7396); null in place of the object resets all. */
export const parametersPatchSchema = z
  .record(z.string(), z.unknown())
  .transform((input, context): Record<string, string | null> => {
    const removed = Object.entries(input).filter(([name, value]) => value === null && isAllowed(name));
    const set = Object.entries(input).filter(([name, value]) => value !== null || !isAllowed(name));
    const result = parametersSchema.safeParse(Object.fromEntries(set));
    if (result.success) return { ...result.data, ...Object.fromEntries(removed.map(([name]) => [name, null])) };
    context.issues.push(...(result.error.issues as typeof context.issues));
    return z.NEVER;
  })
  .nullable();

function isAllowed(name: string): boolean {
  return Object.hasOwn(allowedParameters, name);
}

function refusal(name: string): Verdict {
  const isManaged = managedPrefixes.some((prefix) => name.startsWith(prefix));
  const reason = isManaged ? 'this one is managed by Slipway' : 'this one is not on the list';
  return { expected: `an allowed parameter; ${reason}` };
}
