import path from 'node:path';
import { type Child, recordProcesses, startChild, untilReady } from './children';
import type { Home } from './home';
import type { Machine } from './machine';
import { type EmbeddedStore, startStore } from './store';
import { startTemporal, type TemporalPorts } from './temporal';

export interface StackPorts extends TemporalPorts {
  readonly api: number;
  readonly store: number;
}

export type PartName = 'store' | 'temporal' | 'worker' | 'api';

/** The order in which parts start; they stop in the reverse order. */
const startOrder = ['store', 'temporal', 'worker', 'api'] as const satisfies readonly PartName[];

const root = path.join(__dirname, '..');

/** The parts of a running Slipway, each started anew when it is asked for. */
export interface Stack {
  readonly ports: StackPorts;
  readonly apiUrl: string;
  readonly temporalUiUrl: string;
  start(part: PartName): Promise<Child | null>;
  startAll(): Promise<void>;
  part(part: PartName): Child | undefined;
  stopAll(): Promise<void>;
}

/** Nothing is started yet. The store is the user's own where `DATABASE_URL` names one, and then not a part. */
export function createStack(home: Home, machine: Machine, ports: StackPorts): Stack {
  const parts = new Map<PartName, Child>();
  let databaseUrl = process.env.DATABASE_URL;
  const temporalUiUrl = `http://127.0.0.1:${ports.uiPort}`;

  const starters: Readonly<Record<PartName, () => Promise<Child | null>>> = {
    store: async () => {
      if (process.env.DATABASE_URL !== undefined) return null;
      const store: EmbeddedStore = await startStore(home, ports.store);
      databaseUrl = store.databaseUrl;
      return store.child;
    },
    temporal: () => startTemporal(home, machine.temporalBinary, machine.temporal, ports),
    worker: () => startProgram('worker', 'worker.ts'),
    api: () => startProgram('api', path.join('api', 'main.ts')),
  };

  async function startProgram(name: 'worker' | 'api', file: string): Promise<Child> {
    const logFile = path.join(home.logs, `${name}.log`);
    const child = startChild({
      name,
      program: process.execPath,
      args: ['--enable-source-maps', '--import', 'tsx', path.join(root, file)],
      logFile,
      stopSignal: 'SIGTERM',
      ipc: true,
      cwd: root,
      env: environment(),
    });
    parts.set(name, child);
    await untilReady(child, logFile);
    return child;
  }

  function environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      DATABASE_URL: databaseUrl,
      TEMPORAL_ADDRESS: `127.0.0.1:${ports.port}`,
      TEMPORAL_NAMESPACE: machine.temporal.namespace,
      SLIPWAY_TEMPORAL_UI_URL: temporalUiUrl,
      SLIPWAY_SECRET_KEY_FILE: home.secretKeyFile,
      SLIPWAY_ADMIN_KEY_FILE: home.adminKeyFile,
      SLIPWAY_ENGINE_IMAGES: machine.engineImages,
      PORT: String(ports.api),
    };
  }

  async function start(part: PartName): Promise<Child | null> {
    const child = await starters[part]();
    if (child !== null) parts.set(part, child);
    await recordProcesses(home.processesFile, [...parts.values()]);
    return child;
  }

  return {
    ports,
    apiUrl: `http://127.0.0.1:${ports.api}`,
    temporalUiUrl,
    start,
    async startAll() {
      await Promise.all([start('store'), start('temporal')]);
      await Promise.all([start('worker'), start('api')]);
    },
    part: (part) => parts.get(part),
    async stopAll() {
      for (const part of startOrder.toReversed()) await parts.get(part)?.stop();
      parts.clear();
      await recordProcesses(home.processesFile, []);
    },
  };
}
