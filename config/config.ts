import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { defaultResilience } from '../containers/resilience/settings';
import {
  agentReachable,
  agentUrl,
  callSeconds,
  count,
  health,
  hostAndPort,
  image,
  images,
  limit,
  listenAddress,
  milliseconds,
  networks,
  port,
  probeInTime,
  publicSidecarImages,
  seconds,
  secretKey,
  secretKeys,
} from './fields';
import { clientCertificateWhole, temporal, temporalKeyKept } from './temporal';

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
  ...health,
  ...temporal,
  SLIPWAY_TASK_QUEUE: z.string().min(1).default('slipway'),
  SLIPWAY_TEMPORAL_ENCRYPT_PAYLOADS: z.stringbool().default(false),
  SLIPWAY_ENGINE_IMAGES: images.default({ 17: 'postgres:17', 15: 'postgres:15' }),
  SLIPWAY_POOLER_IMAGE: image.default(publicSidecarImages.SLIPWAY_POOLER_IMAGE),
  SLIPWAY_EXPORTER_IMAGE: image.default(publicSidecarImages.SLIPWAY_EXPORTER_IMAGE),
  SLIPWAY_TEMPORAL_UI_URL: z.url().default('http://127.0.0.1:8233'),
  SLIPWAY_NOTIFICATIONS_ALLOWED_PRIVATE_TARGETS: networks.default([]),
  SLIPWAY_SHUTDOWN_TIMEOUT_SECONDS: seconds(25),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
};

const apiSchema = z
  .object({
    ...common,
    PORT: port.default(8000),
    SLIPWAY_BIND_ADDRESS: z.string().min(1).default('127.0.0.1'),
    SLIPWAY_RATE_LIMIT_PER_MINUTE: limit(6_000),
    SLIPWAY_FAILED_LOGINS_PER_MINUTE: limit(60),
    SLIPWAY_TRUSTED_PROXIES: networks.default([]),
    SLIPWAY_EVENT_STREAM_HEARTBEAT_MS: milliseconds(15_000),
    SLIPWAY_EVENT_STREAM_STALL_TIMEOUT_MS: milliseconds(10_000),
    SLIPWAY_HEALTH_RUN_COOLDOWN_SECONDS: limit(10),
  })
  .refine(...probeInTime)
  .refine(...clientCertificateWhole)
  .refine(...temporalKeyKept);

const workerSchema = z
  .object({
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
    SLIPWAY_AGENT_ADDRESS: listenAddress.default('127.0.0.1:0'),
    SLIPWAY_AGENT_URL: agentUrl.optional(),
    SLIPWAY_BREAKER_FAILURES: count(defaultResilience.breaker.failures),
    SLIPWAY_BREAKER_RESET_SECONDS: seconds(defaultResilience.breaker.resetMs / 1000),
    SLIPWAY_BREAKER_SUCCESSES: count(defaultResilience.breaker.successes),
    SLIPWAY_HOST_CALLS_MAX: count(defaultResilience.bulkhead.maxCalls),
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
    SLIPWAY_HEALTH_CHECKS: z.stringbool().default(true),
    SLIPWAY_HEALTH_CONCURRENCY: count(20),
    SLIPWAY_PUBLIC_URL: z.url().default('http://127.0.0.1:8000'),
    SLIPWAY_WORKFLOW_BUNDLE: z.string().optional(),
    SLIPWAY_WORKER_METRICS_ADDRESS: hostAndPort.optional(),
  })
  .refine(...probeInTime)
  .refine(...clientCertificateWhole)
  .refine(...temporalKeyKept)
  .refine(...agentReachable);

const storeSchema = z.object(store);

export type StoreConfig = z.output<typeof storeSchema>;
const secretsSchema = z.object({ ...store, ...secrets });

export type SecretsConfig = z.output<typeof secretsSchema>;
export type ApiConfig = z.output<typeof apiSchema>;
export type WorkerConfig = z.output<typeof workerSchema>;
type Environment = Readonly<Record<string, string | undefined>>;

/** The keys that may come from a file instead, by a twin with `_FILE`: what must not stand in an environment. */
const secretNames = ['SLIPWAY_SECRET_KEY', 'SLIPWAY_FORMER_SECRET_KEYS', 'DATABASE_URL', 'TEMPORAL_API_KEY'] as const;

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
  if (value === undefined) return '(none)';
  if ((secretNames as readonly string[]).includes(name) || value instanceof Uint8Array) return '(set)';
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
