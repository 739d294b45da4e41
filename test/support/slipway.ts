import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Client } from '@temporalio/client';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { type Logger, pino } from 'pino';
import type { Activities } from '../../activities/types';
import { createApp } from '../../api/app';
import { composeApi } from '../../api/compose';
import type { ApiDependencies } from '../../api/dependencies';
import { createLimitedServer } from '../../api/http/server';
import { readApiConfig, readWorkerConfig } from '../../config/config';
import type { Backend } from '../../containers/backend';
import { createDockerBackend } from '../../containers/docker/backend';
import type { HostOf } from '../../dev/memory-host';
import { createAdminKey } from '../../dev/stack/admin-key';
import { installationLabels } from '../../domain/names';
import { openStore, openTemporal } from '../../process/connect';
import type { Store } from '../../store/store';
import type { Runs } from '../../temporal/operation-runs';
import { composeActivities, dockerPorts } from '../../worker/compose';
import { startWorker as startWorkerOf } from '../../worker/start';
import { createTemporalLogger } from '../../worker/temporal-log';
import { createTestDatabase, required, type TestDatabase } from './database';
import { type ApiClient, createApiClient } from './http';

/** A line of the log, such as `{ level: 40, msg: 'activity failed', activityType: 'finishOperation' }`. */
export type LogLine = Readonly<Record<string, unknown>>;

export interface SlipwaySettings {
  /** Receives each log line of API and worker, from level `debug` on; by default nothing is logged. */
  readonly log?: (line: LogLine) => void;
  /** Wraps the worker's activities. */
  readonly activities?: (activities: Activities) => Activities;
  /** The host of the worker; by default Docker with real engines. */
  readonly ports?: HostOf;
  /** Whether containers of that host run real engines. */
  readonly hasEngines?: boolean;
  /** Maps the URL of the store to the one that API and worker use; by default the same. */
  readonly toStore?: (databaseUrl: string) => string;
  /** Configuration in addition to `testEnvironment`. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether the worker, including relay and sweep, starts at once. */
  readonly worker?: boolean;
}

/** A complete Slipway in this process: API, worker and its own store. */
export interface Slipway {
  readonly api: ApiClient;
  readonly store: Store;
  /** The host itself, without breaker and bulkhead, so that tests can inspect it in any state of the worker. */
  readonly backend: Backend;
  readonly temporal: Client;
  readonly runs: Runs;
  readonly installation: string;
  /** Whether containers run real engines, which answer queries. */
  readonly hasEngines: boolean;
  readonly database: TestDatabase;
  readonly environment: Readonly<Record<string, string>>;
  startWorker(): Promise<void>;
  stopWorker(): Promise<void>;
  /** Stops everything and removes all objects left on the host. */
  stop(): Promise<void>;
}

/** The workflows as `dist/` has them. */
export const builtBundle = path.join(__dirname, '..', '..', 'dist', 'workflow-bundle.js');

/** The configuration of one test file, with its own store, task queue, host and secret key. */
export function testEnvironment(database: Pick<TestDatabase, 'url'>): Record<string, string> {
  const id = randomBytes(4).toString('hex');
  return {
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: required('TEMPORAL_ADDRESS'),
    TEMPORAL_NAMESPACE: required('TEMPORAL_NAMESPACE'),
    SLIPWAY_ENGINE_IMAGES: required('SLIPWAY_ENGINE_IMAGES'),
    SLIPWAY_POOLER_IMAGE: required('SLIPWAY_POOLER_IMAGE'),
    SLIPWAY_EXPORTER_IMAGE: required('SLIPWAY_EXPORTER_IMAGE'),
    SLIPWAY_TASK_QUEUE: `slipway-${id}`,
    SLIPWAY_HOST_ID: `host-${id}`,
    SLIPWAY_SECRET_KEY: randomBytes(32).toString('base64'),
    SLIPWAY_WORKFLOW_BUNDLE: builtBundle,
    SLIPWAY_RETRY_INITIAL_MS: '50',
    SLIPWAY_RETRY_MAXIMUM_MS: '500',
    SLIPWAY_RELAY_INTERVAL_MS: '250',
    SLIPWAY_RELAY_GRACE_MS: '500',
    SLIPWAY_SWEEP_INTERVAL_MS: '1000',
    // Disabled by default, because tests break things on purpose.
    SLIPWAY_RECONCILE_INTERVAL_SECONDS: '0',
    SLIPWAY_HEALTH_CHECKS: 'false',
    SLIPWAY_READINESS_TIMEOUT_SECONDS: '60',
    SLIPWAY_BREAKER_RESET_SECONDS: '0.2',
    // Unlimited by default, because tests send more requests than a caller does.
    SLIPWAY_RATE_LIMIT_PER_MINUTE: '0',
    SLIPWAY_FAILED_LOGINS_PER_MINUTE: '0',
    LOG_LEVEL: process.env.SLIPWAY_TEST_LOG_LEVEL ?? 'silent',
  };
}

let installed: Promise<void> | undefined;

/** Keeps Temporal's log out of test output, unless a logger takes it. */
export function installRuntime(logger?: Logger): Promise<void> {
  installed ??= install(logger);
  return installed;
}

/** The SDK has one runtime for each process, so that of the test file before ends, and its logger with it. */
async function install(logger?: Logger): Promise<void> {
  await (Runtime as unknown as { readonly _instance?: Runtime })._instance?.shutdown();
  const silent = new DefaultLogger('ERROR', () => undefined);
  Runtime.install({ logger: logger === undefined ? silent : createTemporalLogger(logger), shutdownSignals: [] });
}

export async function startSlipway({
  ports = dockerPorts,
  hasEngines = ports === dockerPorts,
  toStore = (databaseUrl) => databaseUrl,
  env = {},
  worker = true,
  activities = (own) => own,
  log,
}: SlipwaySettings = {}): Promise<Slipway> {
  const database = await createTestDatabase();
  const environment = { ...testEnvironment({ url: toStore(database.url) }), ...env };
  const apiConfig = readApiConfig(environment);
  const workerConfig = readWorkerConfig(environment);
  const logger =
    log === undefined
      ? pino({ level: apiConfig.service.logLevel })
      : pino({ level: 'debug' }, { write: (text) => log(JSON.parse(text) as LogLine) });
  await installRuntime(log === undefined ? undefined : logger);
  const store = await openStore(apiConfig, logger);
  const { client, runs } = openTemporal(apiConfig, store);
  const hostPorts = ports(workerConfig, store, logger);
  const backend = direct(ports, workerConfig.docker.dockerHost);
  const installation = await store.hosts.installation();
  const dependencies = composeApi(apiConfig, store, runs, logger);
  const server = await listen(dependencies);
  const { port } = server.address() as AddressInfo;
  let running: { stop(): Promise<void> } | null = null;

  async function stopWorker(): Promise<void> {
    await running?.stop();
    running = null;
  }

  async function startWorker(): Promise<void> {
    const composed = await composeActivities(workerConfig, store, runs, hostPorts);
    running = await startWorkerOf(workerConfig, store, runs, hostPorts, activities(composed), logger, (error) => {
      throw error;
    });
  }

  if (worker) await startWorker();
  return {
    api: createApiClient(`http://127.0.0.1:${port}`, await createAdminKey(store)),
    store,
    backend,
    temporal: client,
    runs,
    installation,
    hasEngines,
    database,
    environment,
    startWorker,
    stopWorker,
    async stop() {
      await stopWorker();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      dependencies.hostAgent.close();
      await removeEverything(backend, installation);
      await client.connection.close();
      await store.close();
      await database.drop();
    },
  };
}

function direct(ports: HostOf, dockerHost: string | undefined): Backend {
  return ports.direct ?? createDockerBackend({ dockerHost });
}

async function listen(dependencies: ApiDependencies): Promise<Server> {
  const health = {
    checks: { database: dependencies.store.ping, temporal: dependencies.runs.ping },
    isShuttingDown: () => false,
  };
  const server = createLimitedServer(createApp(dependencies, health));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** Removes all objects of an installation from a host, so that a failed test leaves nothing. */
export async function removeEverything(backend: Backend, installation: string): Promise<void> {
  const objects = await backend.list(installationLabels(installation));
  for (const object of objects)
    if (object.kind === 'container') await backend.removeContainer(object.name, object.labels);
  for (const object of objects) if (object.kind === 'network') await backend.removeNetwork(object.name, object.labels);
  for (const object of objects) if (object.kind === 'volume') await backend.removeVolume(object.name, object.labels);
}
