import { createDockerBackend } from '../../containers/docker/backend';
import type { Child } from '../../dev/stack/children';
import { ensureHome, type Home } from '../../dev/stack/home';
import { installationsIn } from '../../dev/stack/installations';
import { newPartsHome, removeParts } from '../../dev/stack/parts';
import { freePort } from '../../dev/stack/ports';
import { recordRunning } from '../../dev/stack/running';
import { startStore } from '../../dev/stack/store';
import { startTemporal } from '../../dev/stack/temporal';
import { readTemporalConfig } from '../../dev/stack/temporal-config';
import { adminKeyOf } from './admin-key';
import { required } from './database';
import { type ApiClient, createApiClient } from './http';
import { recordInstallation } from './installations';
import { type Program, startProgram } from './program';
import { removeEverything, testEnvironment } from './slipway';
import { startTcpProxy, type TcpProxy } from './tcp-proxy';

/** A part that can be killed and restarted on the same port and data. */
export interface Part {
  start(): Promise<void>;
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/** A Slipway whose parts, including store and Temporal, are processes of this test file. */
export interface OwnParts {
  readonly home: Home;
  readonly store: Part;
  readonly temporal: Part;
  /** The proxy through which API and worker reach Temporal. */
  readonly toTemporal: TcpProxy;
  readonly databaseUrl: string;
  readonly environment: Readonly<Record<string, string>>;
  startApi(): Promise<{ readonly program: Program; readonly client: ApiClient }>;
  startWorker(): Promise<Program>;
  /** Ends every process and removes everything left, including Docker objects. */
  remove(): Promise<void>;
}

export async function startOwnParts(settings: Readonly<Record<string, string>> = {}): Promise<OwnParts> {
  const home = await newPartsHome((await ensureHome()).folder);
  const storePort = await freePort();
  const temporalPorts = { port: await freePort(), uiPort: await freePort() };
  const config = await readTemporalConfig();
  const binary = required('SLIPWAY_TEST_TEMPORAL_BIN');
  let databaseUrl = '';
  const children = new Map<string, Child>();
  /** Records running processes, so that a later test run can find those left by a killed one. */
  const spawned = (child: Child): void => {
    children.set(child.name, child);
    recordRunning(home.runningFile, [...children.values()]);
  };
  const store = partOf(async () => {
    const embedded = await startStore(home, storePort, { spawned, disposable: true });
    databaseUrl = embedded.databaseUrl;
    return embedded.child;
  });
  const temporal = partOf(() => startTemporal(home, binary, config, temporalPorts, spawned));
  const started = await Promise.allSettled([store.start(), temporal.start()]);
  const failed = started.find((result) => result.status === 'rejected');
  if (failed !== undefined) {
    await Promise.all([store.stop(), temporal.stop()]);
    throw failed.reason;
  }
  const toTemporal = await startTcpProxy({ host: '127.0.0.1', port: temporalPorts.port });
  const { SLIPWAY_SECRET_KEY: _secret, ...own } = testEnvironment({ url: databaseUrl });
  const adminKey = await adminKeyOf(databaseUrl);
  const installations = await installationsIn(databaseUrl);
  for (const installation of installations) recordInstallation(installation);
  const environment = {
    ...own,
    SLIPWAY_SECRET_KEY_FILE: home.secretKeyFile,
    TEMPORAL_ADDRESS: `127.0.0.1:${toTemporal.port}`,
    TEMPORAL_NAMESPACE: config.namespace,
    LOG_LEVEL: 'info',
    PORT: '0',
    ...settings,
  };
  const programs: Program[] = [];
  const run = (file: 'api/main.js' | 'worker.js'): Program => {
    const program = startProgram(file, environment);
    programs.push(program);
    return program;
  };
  return {
    home,
    store,
    temporal,
    toTemporal,
    databaseUrl,
    environment,
    async startApi() {
      const program = run('api/main.js');
      const { address } = await program.line(({ msg }) => msg === 'listening');
      const { port } = address as { port: number };
      return { program, client: createApiClient(`http://127.0.0.1:${port}`, adminKey) };
    },
    async startWorker() {
      const program = run('worker.js');
      await program.line(({ msg }) => msg === 'ready');
      return program;
    },
    async remove() {
      for (const program of programs) {
        program.signal('SIGKILL');
        await program.ended;
      }
      const backend = createDockerBackend({ dockerHost: process.env.DOCKER_HOST });
      for (const installation of installations) await removeEverything(backend, installation);
      await toTemporal.close();
      await temporal.stop();
      await store.stop();
      await removeParts(home.folder);
    },
  };
}

function partOf(run: () => Promise<Child>): Part {
  let child: Child | undefined;
  return {
    async start() {
      child = await run();
    },
    async kill() {
      child?.process.kill('SIGKILL');
      await child?.ended;
    },
    async stop() {
      await child?.stop();
    },
  };
}
