import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { defaultResilience } from './containers/resilience/settings';

const port = z.coerce.number().int().min(0).max(65535);
const seconds = (fallback: number) => z.coerce.number().positive().default(fallback);
const milliseconds = (fallback: number) => z.coerce.number().int().positive().default(fallback);
const count = (fallback: number) => z.coerce.number().int().min(1).default(fallback);

/** A call's deadline must come before that of the step which makes it, so that the reason comes from the call. */
const callSeconds = (fallbackMs: number, most: number) =>
  z.coerce
    .number()
    .positive()
    .max(most, `expected at most ${most}: the steps of an operation have little more`)
    .default(fallbackMs / 1000);

const keyForm = 'expected 32 random bytes in base64 (openssl rand -base64 32)';

const secretKey = z
  .string({ error: keyForm })
  .transform((text) => Buffer.from(text.trim(), 'base64'))
  .refine((key) => key.length === 32, keyForm);

const secretKeys = z
  .string()
  .transform((text) => text.split(',').map((key) => Buffer.from(key.trim(), 'base64')))
  .refine((keys) => keys.every((key) => key.length === 32), `of each key, separated by commas: ${keyForm}`);

const images = z
  .string({ error: 'expected major=image pairs such as 17=postgres:17,15=postgres:15' })
  .regex(/^\d{2}=[^,=\s]+(,\d{2}=[^,=\s]+)*$/, 'expected major=image pairs such as 17=postgres:17,15=postgres:15')
  .transform((text) => Object.fromEntries(text.split(',').map((pair) => pair.split('=') as [string, string])));

/** Of the sidecars, where nothing else is named. What an image needs to have stands with its entrypoint. */
export const publicSidecarImages = {
  SLIPWAY_POOLER_IMAGE: 'edoburu/pgbouncer:v1.25.2-p0',
  SLIPWAY_EXPORTER_IMAGE: 'prometheuscommunity/postgres-exporter:v0.17.1',
} as const;

/** 0 for none. */
const limit = (fallback: number) => z.coerce.number().int().min(0).default(fallback);

const addressOrNetwork = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]);

const proxies = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .refine(
    (parts) => parts.every((part) => addressOrNetwork.safeParse(part).success),
    'expected addresses or networks such as 10.0.0.0/8,192.168.1.2',
  );

const image = z.string().regex(/^[^\s=,]+$/, 'expected an image such as postgres:17');

const store = {
  DATABASE_URL: z.url({
    protocol: /^postgres(ql)?$/,
    error: 'expected a URL postgresql://user:password@host:port/database',
  }),
  SLIPWAY_STORE_POOL_MAX: z.coerce.number().int().min(2).max(200).default(10),
  SLIPWAY_STORE_CONNECT_TIMEOUT_MS: milliseconds(3_000),
  SLIPWAY_STORE_STATEMENT_TIMEOUT_MS: milliseconds(10_000),
};

const secrets = {
  SLIPWAY_SECRET_KEY: secretKey,
  SLIPWAY_FORMER_SECRET_KEYS: secretKeys.default([]),
};

const common = {
  ...store,
  ...secrets,
  TEMPORAL_ADDRESS: z
    .string()
    .regex(/^[^\s:]+:\d+$/, 'expected host:port')
    .default('127.0.0.1:7233'),
  TEMPORAL_NAMESPACE: z.string().min(1).default('slipway'),
  SLIPWAY_TASK_QUEUE: z.string().min(1).default('slipway'),
  SLIPWAY_TEMPORAL_ENCRYPT_PAYLOADS: z.stringbool().default(false),
  SLIPWAY_ENGINE_IMAGES: images.default({ 17: 'postgres:17', 15: 'postgres:15' }),
  SLIPWAY_POOLER_IMAGE: image.default(publicSidecarImages.SLIPWAY_POOLER_IMAGE),
  SLIPWAY_EXPORTER_IMAGE: image.default(publicSidecarImages.SLIPWAY_EXPORTER_IMAGE),
  SLIPWAY_SHUTDOWN_TIMEOUT_SECONDS: seconds(25),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
};

const apiSchema = z.object({
  ...common,
  PORT: port.default(8000),
  SLIPWAY_BIND_ADDRESS: z.string().min(1).default('127.0.0.1'),
  SLIPWAY_TEMPORAL_UI_URL: z.url().default('http://127.0.0.1:8233'),
  SLIPWAY_RATE_LIMIT_PER_MINUTE: limit(6_000),
  SLIPWAY_FAILED_LOGINS_PER_MINUTE: limit(60),
  SLIPWAY_TRUSTED_PROXIES: proxies.default([]),
  SLIPWAY_EVENT_STREAM_HEARTBEAT_MS: milliseconds(15_000),
  SLIPWAY_EVENT_STREAM_STALL_TIMEOUT_MS: milliseconds(10_000),
});

const workerSchema = z.object({
  ...common,
  DOCKER_HOST: z
    .string()
    .regex(/^(unix|tcp):\/\//, 'expected unix://… or tcp://…')
    .optional(),
  SLIPWAY_HOST_ID: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/, 'expected lower case letters, digits and hyphens')
    .default('local'),
  SLIPWAY_HOST_ADDRESS: z.ipv4().default('127.0.0.1'),
  SLIPWAY_HOST_PORT_RANGE: z
    .string()
    .regex(/^\d{4,5}-\d{4,5}$/, 'expected from-to such as 20000-29999')
    .transform((text) => text.split('-').map(Number) as [number, number])
    .refine(([from, to]) => from >= 1024 && from <= to && to <= 65535, 'expected 1024 to 65535, the lower one first')
    .default([20_000, 29_999]),
  SLIPWAY_HOST_ADDRESS_POOL: z.cidrv4().default('10.213.0.0/16'),
  SLIPWAY_BREAKER_FAILURES: count(defaultResilience.breaker.failures),
  SLIPWAY_BREAKER_RESET_SECONDS: seconds(defaultResilience.breaker.resetMs / 1000),
  SLIPWAY_BREAKER_SUCCESSES: count(defaultResilience.breaker.successes),
  SLIPWAY_HOST_CALLS_MAX: count(defaultResilience.bulkhead.most),
  SLIPWAY_HOST_WAIT_SECONDS: seconds(defaultResilience.bulkhead.waitMs / 1000),
  SLIPWAY_CALL_TIMEOUT_SECONDS: callSeconds(defaultResilience.callTimeoutMs, 150),
  SLIPWAY_LONG_CALL_TIMEOUT_SECONDS: callSeconds(defaultResilience.longCallTimeoutMs, 660),
  SLIPWAY_READINESS_TIMEOUT_SECONDS: seconds(120),
  SLIPWAY_READINESS_INTERVAL_MS: milliseconds(25),
  SLIPWAY_OPERATION_DEADLINE_SECONDS: seconds(900),
  SLIPWAY_WAY_BACK_DEADLINE_SECONDS: seconds(300),
  SLIPWAY_RETRY_INITIAL_MS: milliseconds(500),
  SLIPWAY_RETRY_MAXIMUM_MS: milliseconds(10_000),
  SLIPWAY_HEARTBEAT_TIMEOUT_MS: milliseconds(5_000),
  SLIPWAY_RELAY_INTERVAL_MS: milliseconds(1_000),
  SLIPWAY_RELAY_GRACE_MS: milliseconds(2_000),
  SLIPWAY_SWEEP_INTERVAL_MS: milliseconds(10_000),
  SLIPWAY_RECONCILE_INTERVAL_SECONDS: z.coerce.number().min(0).default(15),
  SLIPWAY_RECONCILE_REPAIR: z.stringbool().default(true),
  SLIPWAY_WORKFLOW_BUNDLE: z.string().optional(),
  SLIPWAY_WORKER_METRICS_ADDRESS: z
    .string()
    .regex(/^[^\s:]+:\d+$/, 'expected host:port')
    .optional(),
});

const storeSchema = z.object(store);

export type StoreConfig = z.output<typeof storeSchema>;
const secretsSchema = z.object({ ...store, ...secrets });

export type SecretsConfig = z.output<typeof secretsSchema>;
export type ApiConfig = z.output<typeof apiSchema>;
export type WorkerConfig = z.output<typeof workerSchema>;
type Environment = Readonly<Record<string, string | undefined>>;

/** The keys that may come from a file instead, by a twin with `_FILE`: what must not stand in an environment. */
const secretNames = ['SLIPWAY_SECRET_KEY', 'SLIPWAY_FORMER_SECRET_KEYS', 'DATABASE_URL'] as const;

/** Configuration that cannot work: every error at once, each naming its key, none showing a secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly errors: readonly string[]) {
    super(`the configuration is refused:\n${errors.map((error) => `  - ${error}`).join('\n')}`);
  }
}

/** What a command needs that works on the store alone. Throws `ConfigError`. */
export function readStoreConfig(environment: Environment): StoreConfig {
  return read(storeSchema, environment);
}

/** What a command needs that works on stored secrets. Throws `ConfigError`. */
export function readSecretsConfig(environment: Environment): SecretsConfig {
  return read(secretsSchema, environment);
}

/** The API's configuration, read once. Throws `ConfigError`. */
export function readApiConfig(environment: Environment): ApiConfig {
  return read(apiSchema, environment);
}

/** The worker's configuration, read once. Throws `ConfigError`. */
export function readWorkerConfig(environment: Environment): WorkerConfig {
  return read(workerSchema, environment);
}

/** What a developer's machine has beside them (`dev/`). */
const developmentNames = [
  'SLIPWAY_HOME',
  'SLIPWAY_STORE_PORT',
  'SLIPWAY_TEMPORAL_PORT',
  'SLIPWAY_TEMPORAL_UI_PORT',
  'SLIPWAY_TEMPORAL_BIN',
];

/** A setting as the programs read it. */
export interface KnownSetting {
  readonly name: string;
  readonly readBy: readonly ('API' | 'worker')[];
  /** As it would be written; null where there is none. */
  readonly fallback: string | null;
  /** Whether a program that reads it does not start without it. */
  readonly isNeeded: boolean;
  /** Whether its value may come from a file. */
  readonly isSecret: boolean;
}

/** Every setting of API and worker, from what validates it. */
export function knownSettings(): KnownSetting[] {
  const api: Readonly<Record<string, z.ZodType>> = apiSchema.shape;
  const worker: Readonly<Record<string, z.ZodType>> = workerSchema.shape;
  return Object.entries({ ...api, ...worker }).map(([name, schema]) => {
    const { success: isOptional, data } = schema.safeParse(undefined);
    const readBy = (['API', 'worker'] as const).filter((program) => name in (program === 'API' ? api : worker));
    const isSecret = (secretNames as readonly string[]).includes(name);
    return { name, readBy, fallback: isOptional ? writtenValue(data) : null, isNeeded: !isOptional, isSecret };
  });
}

/** A value in the form in which the environment has it; null for none. */
function writtenValue(value: unknown): string | null {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return null;
  if (Array.isArray(value)) return value.join('-');
  if (typeof value !== 'object') return String(value);
  return Object.entries(value as object)
    .map((pair) => pair.join('='))
    .join(',');
}

/** The variables with our prefix that no program reads: most likely a name that was mistyped. */
export function unknownSettings(environment: Environment): string[] {
  const known = new Set([
    ...Object.keys(apiSchema.shape),
    ...Object.keys(workerSchema.shape),
    ...secretNames.map((name) => `${name}_FILE`),
    ...developmentNames,
  ]);
  return Object.keys(environment)
    .filter((name) => name.startsWith('SLIPWAY_') && !name.startsWith('SLIPWAY_TEST_') && !known.has(name))
    .sort();
}

/** A configuration as it is in force, a line each, with nothing that is secret. */
export function shownConfig(config: object): string {
  const lines = Object.entries(config).map(([name, value]) => `${name}=${shownValue(name, value)}`);
  return `${lines.sort().join('\n')}\n`;
}

function shownValue(name: string, value: unknown): string {
  if (name === 'DATABASE_URL') return withoutPassword(String(value));
  if (Array.isArray(value) && value.length === 0) return '(none)';
  if ((secretNames as readonly string[]).includes(name)) return '(set)';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function withoutPassword(text: string): string {
  const url = new URL(text);
  if (url.password !== '') url.password = '***';
  // It may stand among the parameters, too (PostgreSQL, 32.1.1.2).
  for (const name of ['password', 'sslpassword']) if (url.searchParams.has(name)) url.searchParams.set(name, '***');
  return url.href;
}

function read<Schema extends z.ZodObject>(schema: Schema, environment: Environment): z.output<Schema> {
  const errors: string[] = [];
  // An empty variable is one that is not set.
  const values = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  for (const name of secretNames) {
    const file = values[`${name}_FILE`];
    if (file === undefined || values[name] !== undefined) continue;
    try {
      values[name] = readFileSync(file, 'utf8').trim();
    } catch (error) {
      errors.push(`${name}_FILE: ${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`);
      values[name] = undefined;
    }
  }
  const result = schema.safeParse(values);
  if (!result.success) {
    errors.push(...result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`));
  }
  if (errors.length > 0 || !result.success) throw new ConfigError(errors);
  return result.data;
}
