import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { apiProgram, readApiConfig, readStoreConfig, readWorkerConfig } from '../../config/config';
import { errorOf, good, keysOf, secretKey } from '../support/config';

const twoKeys = [8, 9].map((byte) => Buffer.alloc(32, byte).toString('base64')).join(',');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'slipway-config-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function fileWith(name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}

test('D06 the least that must be said is enough, and the rest has defaults', () => {
  expect(readApiConfig(good)).toMatchObject({
    store: { databaseUrl: good.DATABASE_URL, poolMax: 10, connectTimeoutMs: 3_000, statementTimeoutMs: 10_000 },
    secrets: { secretKey, formerSecretKeys: [] },
    server: { address: '127.0.0.1', port: 8000 },
    images: { images: { 17: 'postgres:17', 15: 'postgres:15' } },
    limits: { requestsPerMinute: 6_000, failedLoginsPerMinute: 60, trustedProxies: [] },
  });
  expect(readWorkerConfig(good)).toMatchObject({
    host: { id: 'local', address: '127.0.0.1', addressPool: '10.213.0.0/16', portFrom: 20_000, portTo: 29_999 },
    images: {
      sidecarImages: {
        pooler: 'edoburu/pgbouncer:v1.25.2-p0',
        exporter: 'prometheuscommunity/postgres-exporter:v0.17.1',
      },
    },
  });
});

test('breaker, bulkhead and deadlines have the defaults that they are documented with (B29)', () => {
  expect(readWorkerConfig(good).resilience).toEqual({
    breaker: { failures: 5, resetMs: 30_000, successes: 2 },
    bulkhead: { maxCalls: 20, waitMs: 10_000 },
    callTimeoutMs: 120_000,
    longCallTimeoutMs: 600_000,
  });
});

test('an engine is probed every 25 ms; by default it may be silent for two minutes and recover for a day (A21)', () => {
  expect(readWorkerConfig(good).readiness).toEqual({ intervalMs: 25, timeoutMs: 120_000, recoveryMs: 86_400_000 });
});

test('operations keep the pace that they are documented with', () => {
  expect(readWorkerConfig(good)).toMatchObject({
    pace: {
      operationDeadlineMs: 900_000,
      wayBackDeadlineMs: 300_000,
      retryInitialMs: 500,
      retryMaximumMs: 10_000,
      heartbeatTimeoutMs: 5_000,
    },
    relay: { intervalMs: 1_000, graceMs: 2_000 },
    sweep: { intervalMs: 10_000 },
    retention: { days: 365 },
    reconcile: { intervalSeconds: 15, repairs: true },
    service: { shutdownTimeoutMs: 25_000, logLevel: 'info' },
  });
});

test('D06 of an empty environment, every key that is missing is named at once', () => {
  expect(keysOf(errorOf(() => readApiConfig({})))).toEqual(['DATABASE_URL', 'SLIPWAY_SECRET_KEY']);
  expect(keysOf(errorOf(() => readWorkerConfig({})))).toEqual(['DATABASE_URL', 'SLIPWAY_SECRET_KEY']);
});

test('D06 an empty variable is one that is not set', () => {
  expect(readApiConfig({ ...good, PORT: '', SLIPWAY_ENGINE_IMAGES: '' }).server.port).toBe(8000);
  expect(keysOf(errorOf(() => readApiConfig({ ...good, SLIPWAY_SECRET_KEY: '' })))).toEqual(['SLIPWAY_SECRET_KEY']);
});

const wrongInBoth = {
  DATABASE_URL: ['mysql://127.0.0.1/x', 'not a url', 'http://127.0.0.1/x'],
  SLIPWAY_STORE_POOL_MAX: ['0', '1', '201', 'many', '2.5', '-3'],
  SLIPWAY_STORE_CONNECT_TIMEOUT_MS: ['0', '-1', 'soon', '1.5'],
  SLIPWAY_STORE_STATEMENT_TIMEOUT_MS: ['0', '-1', 'soon'],
  TEMPORAL_ADDRESS: ['127.0.0.1', 'http://127.0.0.1:7233', 'a b:7233'],
  TEMPORAL_TLS: ['perhaps'],
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: ['/nowhere/ca.pem', __filename],
  TEMPORAL_TLS_CLIENT_CERT_PATH: ['/nowhere/cert.pem', __dirname],
  TEMPORAL_TLS_CLIENT_KEY_PATH: ['/nowhere/key.pem', __filename],
  SLIPWAY_FORMER_SECRET_KEYS: ['short', `${secretKey.toString('base64')},`, `${secretKey.toString('base64')},short`],
  SLIPWAY_TEMPORAL_ENCRYPT_PAYLOADS: ['perhaps'],
  SLIPWAY_SECRET_KEY: ['short', Buffer.alloc(31).toString('base64'), Buffer.alloc(33).toString('base64')],
  SLIPWAY_ENGINE_IMAGES: ['postgres:17', '17=', '17=a,15', '17=a b'],
  SLIPWAY_TEMPORAL_UI_URL: ['127.0.0.1'],
  SLIPWAY_NOTIFICATIONS_ALLOWED_PRIVATE_TARGETS: ['intranet', '10.0.0.0/33', '10.0.0.1,', 'fd00::/129'],
  SLIPWAY_SHUTDOWN_TIMEOUT_SECONDS: ['0', '-1', 'later'],
  LOG_LEVEL: ['loud', 'INFO'],
};
const wrongInApi = {
  PORT: ['-1', '65536', 'http', '80.5'],
  SLIPWAY_RATE_LIMIT_PER_MINUTE: ['-1', '1.5', 'many'],
  SLIPWAY_FAILED_LOGINS_PER_MINUTE: ['-1', 'few'],
  SLIPWAY_TRUSTED_PROXIES: ['proxy', '10.0.0.0/33', '127.0.0.1,'],
};
const wrongInWorker = {
  SLIPWAY_POOLER_IMAGE: ['a b', '17=a'],
  SLIPWAY_EXPORTER_IMAGE: ['a,b'],
  DOCKER_HOST: ['127.0.0.1:2375', 'ssh://host'],
  SLIPWAY_HOST_ID: ['Host', 'a_b', 'x'.repeat(41)],
  SLIPWAY_HOST_ADDRESS: ['localhost', '300.1.1.1'],
  SLIPWAY_HOST_PORT_RANGE: ['20000', '30000-20000', '80-90', '20000-99999'],
  SLIPWAY_HOST_ADDRESS_POOL: ['10.213.0.0', '10.213.0.0/33'],
  SLIPWAY_AGENT_ADDRESS: [
    '127.0.0.1',
    ':7443',
    '10.0.0.1:65536',
    '10.0.0.1:https',
    'fd00::1:7443',
    '[h]:1',
    'a b:1',
    'h/x:1',
  ],
  SLIPWAY_AGENT_URL: [
    '10.0.0.1:7443',
    'http://10.0.0.1:7443',
    'https://h:1/x',
    'https://h:1/?x',
    'https://u:p@h:1',
    'https://',
  ],
  SLIPWAY_BREAKER_FAILURES: ['0', '1.5', 'none'],
  SLIPWAY_BREAKER_RESET_SECONDS: ['0', '-1'],
  SLIPWAY_BREAKER_SUCCESSES: ['0'],
  SLIPWAY_HOST_CALLS_MAX: ['0', '-20'],
  SLIPWAY_HOST_WAIT_SECONDS: ['0'],
  SLIPWAY_CALL_TIMEOUT_SECONDS: ['0', '151'],
  SLIPWAY_LONG_CALL_TIMEOUT_SECONDS: ['0', '661'],
  SLIPWAY_READINESS_TIMEOUT_SECONDS: ['0'],
  SLIPWAY_READINESS_INTERVAL_MS: ['0'],
  SLIPWAY_RECOVERY_TIMEOUT_SECONDS: ['0'],
  SLIPWAY_OPERATION_DEADLINE_SECONDS: ['-5'],
  SLIPWAY_PUBLIC_URL: ['127.0.0.1'],
};

const casesOf = (wrong: Readonly<Record<string, readonly string[]>>) =>
  Object.entries(wrong).flatMap(([key, values]) => values.map((value) => ({ key, value })));

test.each([...casesOf(wrongInBoth), ...casesOf(wrongInApi)])(
  'D06 the API refuses $key=$value, by name',
  ({ key, value }) => {
    expect(keysOf(errorOf(() => readApiConfig({ ...good, [key]: value })))).toEqual([key]);
  },
);

test.each([...casesOf(wrongInBoth), ...casesOf(wrongInWorker)])(
  'D06 the worker refuses $key=$value, by name',
  ({ key, value }) => {
    expect(keysOf(errorOf(() => readWorkerConfig({ ...good, [key]: value })))).toEqual([key]);
  },
);

test('D06 every error at once, each naming its key, one a line', () => {
  const wrong = { ...wrongInBoth, ...wrongInApi };
  const environment = Object.fromEntries(Object.entries(wrong).map(([key, values]) => [key, values[0]]));
  const error = errorOf(() => readApiConfig(environment));
  expect(keysOf(error)).toEqual(Object.keys(wrong).sort());
  for (const key of Object.keys(wrong)) expect(error.message).toMatch(new RegExp(`^  - ${key}: .+`, 'm'));
});

test('D06 rules between settings are reported together with settings that are wrong by themselves', () => {
  const environment = {
    ...good,
    PORT: 'http',
    LOG_LEVEL: 'loud',
    TEMPORAL_ADDRESS: 'nowhere',
    TEMPORAL_TLS: 'false',
    TEMPORAL_API_KEY: 'key',
    SLIPWAY_HEALTH_FAILURES: 'many',
    SLIPWAY_HEALTH_TIMEOUT_SECONDS: '60',
  };
  expect(keysOf(errorOf(() => readApiConfig(environment)))).toEqual([
    'LOG_LEVEL',
    'PORT',
    'SLIPWAY_HEALTH_FAILURES',
    'SLIPWAY_HEALTH_TIMEOUT_SECONDS',
    'TEMPORAL_ADDRESS',
    'TEMPORAL_TLS',
  ]);
});

test('D06 no message shows a secret, whatever is wrong with it', () => {
  const canary = 'canary-7c1d';
  const urls = [`mysql://u:${canary}@h/x`, `post gres://u:${canary}@h/x`, canary];
  const files = { key: fileWith('canary', canary), missing: path.join(folder, 'not-there') };
  const environments = [
    ...urls.map((DATABASE_URL) => ({ ...good, DATABASE_URL })),
    { ...good, SLIPWAY_SECRET_KEY: canary },
    { ...good, SLIPWAY_FORMER_SECRET_KEYS: `${good.SLIPWAY_SECRET_KEY},${canary}` },
    { ...good, SLIPWAY_SECRET_KEY: undefined, SLIPWAY_SECRET_KEY_FILE: files.key },
    { ...good, DATABASE_URL: undefined, DATABASE_URL_FILE: files.key },
    // Of the others' errors, too.
    { ...good, SLIPWAY_SECRET_KEY: `${canary}-and-more-of-it`, PORT: 'x', DATABASE_URL_FILE: files.missing },
  ];
  for (const environment of environments) {
    const error = errorOf(() => readApiConfig(environment));
    expect(error.message).not.toContain(canary);
    expect(JSON.stringify(error)).not.toContain(canary);
    expect(error.cause).toBeUndefined();
  }
});

describe('D06 a secret from a file', () => {
  test.each([
    { key: 'DATABASE_URL', value: good.DATABASE_URL, read: { store: { databaseUrl: good.DATABASE_URL } } },
    { key: 'SLIPWAY_SECRET_KEY', value: good.SLIPWAY_SECRET_KEY, read: { secrets: { secretKey } } },
    {
      key: 'SLIPWAY_FORMER_SECRET_KEYS',
      value: twoKeys,
      read: { secrets: { formerSecretKeys: [Buffer.alloc(32, 8), Buffer.alloc(32, 9)] } },
    },
    {
      key: 'TEMPORAL_API_KEY',
      value: 'key-of-a-cloud',
      read: { temporal: { endpoint: { apiKey: 'key-of-a-cloud' } } },
    },
  ])('$key_FILE stands for $key, with or without a line’s end', ({ key, value, read }) => {
    for (const end of ['', '\n', '\r\n']) {
      const file = fileWith(key, `${value}${end}`);
      expect(readApiConfig({ ...good, [key]: undefined, [`${key}_FILE`]: file })).toMatchObject(read);
    }
  });

  test('the variable itself comes first', () => {
    const DATABASE_URL_FILE = fileWith('other', 'postgresql://other@127.0.0.1:5432/other');
    expect(readApiConfig({ ...good, DATABASE_URL_FILE }).store.databaseUrl).toBe(good.DATABASE_URL);
  });

  test('a file that cannot be read is named, with the reason', () => {
    const missing = path.join(folder, 'not-there');
    const error = errorOf(() =>
      readApiConfig({ ...good, SLIPWAY_SECRET_KEY: undefined, SLIPWAY_SECRET_KEY_FILE: missing }),
    );
    expect(error.errors).toContain(`SLIPWAY_SECRET_KEY_FILE: ${missing} cannot be read (ENOENT)`);
  });

  test('a command reads only the files of its own settings', () => {
    const SLIPWAY_SECRET_KEY_FILE = path.join(folder, 'not-there');
    expect(readStoreConfig({ ...good, SLIPWAY_SECRET_KEY_FILE }).store.databaseUrl).toBe(good.DATABASE_URL);
  });

  test('a file with a wrong value is refused under the key’s name', () => {
    const SLIPWAY_SECRET_KEY_FILE = fileWith('short', 'short');
    const environment = { ...good, SLIPWAY_SECRET_KEY: undefined, SLIPWAY_SECRET_KEY_FILE };
    expect(keysOf(errorOf(() => readApiConfig(environment)))).toEqual(['SLIPWAY_SECRET_KEY']);
  });
});

test('what is in force can be shown, and nothing of it that is secret', () => {
  const url = 'postgresql://slipway:pa55word@127.0.0.1:5432/slipway?sslpassword=pa55word';
  expect(apiProgram.print(good)).toMatch(/^SLIPWAY_FORMER_SECRET_KEYS=\(none\)$/m);
  const shown = apiProgram.print({ ...good, DATABASE_URL: url, SLIPWAY_FORMER_SECRET_KEYS: twoKeys });
  expect(shown).toMatch(/^SLIPWAY_FORMER_SECRET_KEYS=\(set\)$/m);
  expect(shown).toMatch(/^DATABASE_URL=postgresql:\/\/slipway:\*\*\*@127\.0\.0\.1:5432\/slipway/m);
  expect(shown).toMatch(/^SLIPWAY_SECRET_KEY=\(set\)$/m);
  expect(shown).toMatch(/^PORT=8000$/m);
  for (const secret of ['pa55word', good.SLIPWAY_SECRET_KEY]) expect(shown).not.toContain(secret);
});

test.each([
  { SLIPWAY_HEALTH_INTERVAL_SECONDS: '0' },
  { SLIPWAY_HEALTH_INTERVAL_SECONDS: '1.5' },
  { SLIPWAY_HEALTH_TIMEOUT_SECONDS: 'soon' },
  { SLIPWAY_HEALTH_TIMEOUT_SECONDS: '60' },
  { SLIPWAY_HEALTH_FAILURES: '0' },
  { SLIPWAY_HEALTH_SUCCESSES: '-1' },
])('defaults of checks that make no sense refuse to start, named: %p (E13)', (bad) => {
  for (const readConfig of [readApiConfig, readWorkerConfig]) {
    expect(keysOf(errorOf(() => readConfig({ ...good, ...bad })))).toEqual(Object.keys(bad));
  }
});

test('checks have the defaults that they are documented with (E13)', () => {
  const checks = { intervalSeconds: 60, timeoutSeconds: 5, failureThreshold: 3, successThreshold: 1 };
  expect(readApiConfig(good)).toMatchObject({ checks, checkRuns: { cooldownSeconds: 10 } });
  expect(readWorkerConfig(good)).toMatchObject({ checks, monitor: { isEnabled: true, concurrency: 20 } });
});
