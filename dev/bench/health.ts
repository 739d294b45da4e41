import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { pino } from 'pino';
import { checkEngine } from '../../postgres/check';
import { createCipher } from '../../store/connection/cipher';
import { migrate } from '../../store/connection/migrate';
import { createStore, type Store } from '../../store/store';
import { startMonitor } from '../../worker/health/monitor';
import type { Probe } from '../../worker/health/probe';
import { cpuSecondsOf } from './processes';
import { type Percentiles, percentilesOf, round } from './statistics';

/** Milliseconds; CPU is of one core. */
export interface HealthFigures {
  /** How much later than it was due a check was claimed. */
  readonly lateness: Percentiles & { readonly max: number };
  readonly checksPerSecond: number;
  readonly transactionsPerSecond: number;
  readonly workerCpuShare: number;
  /** Of the server processes that the worker's connections have. */
  readonly storeCpuShare: number;
}

const checks = 500;
const intervalSeconds = 15;
const hostId = 'bench-health';

/** 500 checks each 15 s by one monitor: with probes in memory, and with real ones, of the store's own server. */
export async function measureHealth(
  environment: NodeJS.ProcessEnv,
  seconds: number,
): Promise<Record<'idle' | 'memory' | 'real', HealthFigures>> {
  const databaseUrl = environment.DATABASE_URL ?? '';
  await migrate({ databaseUrl, statementTimeoutMs: 10_000 });
  const store = createStore({ databaseUrl, poolMax: 10, connectTimeoutMs: 3_000 }, createCipher(Buffer.alloc(32)));
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { hostname: host, port, username: user, password, pathname } = new URL(databaseUrl);
    const engine = { host, port: Number(port), user, password, database: pathname.slice(1) };
    const memory: Probe = async () => ({ error: null, latencyMs: 0 });
    const real: Probe = async () => {
      const started = performance.now();
      const error = await checkEngine(engine, 5_000);
      return { error, latencyMs: Math.round(performance.now() - started) };
    };
    const idle = await measured(store, client, memory, seconds);
    await makeRecords(store, client);
    return {
      idle,
      memory: await measured(store, client, memory, seconds),
      real: await measured(store, client, real, seconds),
    };
  } finally {
    await client.query('DELETE FROM databases WHERE name LIKE $1', [`${hostId}-%`]);
    // It has no worker, and what is created next goes elsewhere.
    await client.query('DELETE FROM hosts WHERE id = $1', [hostId]);
    await client.end();
    await store.close();
  }
}

async function measured(store: Store, client: Client, probe: Probe, seconds: number): Promise<HealthFigures> {
  const late: number[] = [];
  const monitoring: Store['monitoring'] = {
    ...store.monitoring,
    async claim(...which) {
      const runs = await store.monitoring.claim(...which);
      late.push(...runs.map(({ overdueMs }) => overdueMs));
      return runs;
    },
  };
  // Due one after another, as databases that came one after another are.
  await client.query('UPDATE health_checks SET next_at = now() + random() * make_interval(secs => $1)', [
    intervalSeconds,
  ]);
  const logger = pino({ level: 'silent' });
  const monitor = startMonitor({ store: { monitoring }, probe, hostId, concurrency: 20, logger });
  // What the first looks cost, to compile and to connect, is not what goes on.
  await delay(2_000);
  late.length = 0;
  const [cpu, before] = [process.cpuUsage(), await readStore(client)];
  await delay(seconds * 1000);
  const [used, after] = [process.cpuUsage(cpu), await readStore(client)];
  await monitor.stop();
  return {
    lateness: { ...percentilesOf(late), max: round(Math.max(0, ...late)) },
    checksPerSecond: round(late.length / seconds),
    transactionsPerSecond: round((after.transactions - before.transactions) / seconds),
    workerCpuShare: round((used.user + used.system) / 1e6 / seconds),
    storeCpuShare: round((after.cpuSeconds - before.cpuSeconds) / seconds),
  };
}

async function readStore(client: Client): Promise<{ readonly transactions: number; readonly cpuSeconds: number }> {
  const { rows } = await client.query<{ transactions: number; pids: number[] }>(
    `SELECT (SELECT xact_commit::float8 FROM pg_stat_database WHERE datname = current_database()) AS transactions,
       ARRAY(SELECT pid FROM pg_stat_activity WHERE datname = current_database()) AS pids`,
  );
  const { transactions = 0, pids = [] } = rows[0] ?? {};
  return { transactions, cpuSeconds: pids.reduce((sum, pid) => sum + cpuSecondsOf(pid), 0) };
}

/** Databases that are available, with their checks, as their operations would have left them. */
async function makeRecords(store: Store, client: Client): Promise<void> {
  const range = { portFrom: 40_000, portTo: 40_000 + checks };
  const host = { address: '127.0.0.1', addressPool: '10.214.0.0/16', agentUrl: 'https://127.0.0.1:1' };
  await store.hosts.register({ id: hostId, ...host, ...range });
  await client.query(
    `INSERT INTO databases (id, tenant_id, name, spec, state, created_at, updated_at)
     SELECT $1 || '-' || n, 'default', $1 || '-' || n, '{"version": "17"}', 'available', now(), now()
     FROM generate_series(1, $2::int) AS n`,
    [hostId, checks],
  );
  await client.query(
    `INSERT INTO instances (id, database_id, tenant_id, host_id, name, role, state, host_port, created_at, updated_at)
     SELECT id || '-primary', id, tenant_id, $1, 'primary', 'primary', state,
       40000 + row_number() OVER (), now(), now()
     FROM databases WHERE name LIKE $1 || '-%'`,
    [hostId],
  );
  await store.monitoring.ensureAll();
  await client.query('UPDATE health_checks SET interval_seconds = $1', [intervalSeconds]);
}
