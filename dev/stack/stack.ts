import path from 'node:path';
import type { Machine } from '../machine/machine';
import { ensureAdminKey } from './admin-key';
import { type Child, startChild, untilReady } from './children';
import type { Home } from './home';
import type { StackPorts } from './ports';
import { recordRunning } from './running';
import { startStore } from './store';
import { startTemporal } from './temporal';

/** In the order in which parts start; they stop in reverse order. */
export const partNames = ['store', 'temporal', 'worker', 'api'] as const;

export type PartName = (typeof partNames)[number];

const root = path.join(__dirname, '..', '..');

/** The parts of a running Slipway, each of which can be restarted. */
export interface Stack {
  readonly ports: StackPorts;
  readonly apiUrl: string;
  readonly temporalUiUrl: string;
  /** Resolves when the part is ready. Only one call at a time for each part. */
  start(part: PartName): Promise<void>;
  startAll(): Promise<void>;
  part(part: PartName): Child | undefined;
  /** Final: parts that are still starting stop, too. */
  stopAll(): Promise<void>;
}

/** Starts nothing yet. If `DATABASE_URL` names the user's own store, the store is not a part. */
export function createStack(home: Home, machine: Machine, ports: StackPorts): Stack {
  const parts = new Map<PartName, Child>();
  const starts = new Set<Promise<void>>();
  let stopped = false;
  let databaseUrl = process.env.DATABASE_URL;
  const temporalUiUrl = `http://127.0.0.1:${ports.uiPort}`;

  /** Called as soon as the child is spawned, so that a stop before it is ready leaves nothing behind. */
  function keep(part: PartName, child: Child): void {
    parts.set(part, child);
    recordRunning(home.runningFile, [...parts.values()]);
    if (stopped) void child.stop();
  }

  const starters: Readonly<Record<PartName, () => Promise<void>>> = {
    store: async () => {
      if (process.env.DATABASE_URL !== undefined) return;
      ({ databaseUrl } = await startStore(home, ports.store, { spawned: (child) => keep('store', child) }));
    },
    temporal: async () => {
      await startTemporal(home, machine.temporalBinary, machine.temporal, ports, (child) => keep('temporal', child));
    },
    worker: () => startProgram('worker', 'worker.ts'),
    api: () => startProgram('api', path.join('api', 'main.ts')),
  };

  async function startProgram(name: 'worker' | 'api', file: string): Promise<void> {
    const child = startChild({
      name,
      program: process.execPath,
      args: ['--enable-source-maps', '--import', 'tsx', path.join(root, file)],
      logFile: path.join(home.logs, `${name}.log`),
      stopSignal: 'SIGTERM',
      ipc: true,
      cwd: root,
      env: environment(),
    });
    keep(name, child);
    await untilReady(child);
  }

  function environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      DATABASE_URL: databaseUrl,
      TEMPORAL_ADDRESS: `127.0.0.1:${ports.port}`,
      TEMPORAL_NAMESPACE: machine.temporal.namespace,
      SLIPWAY_TEMPORAL_UI_URL: temporalUiUrl,
      SLIPWAY_PUBLIC_URL: `http://127.0.0.1:${ports.api}`,
      SLIPWAY_SECRET_KEY_FILE: home.secretKeyFile,
      SLIPWAY_ENGINE_IMAGES: machine.engineImages,
      ...machine.sidecarImages,
      PORT: String(ports.api),
    };
  }

  async function start(part: PartName): Promise<void> {
    const started = starters[part]();
    starts.add(started);
    try {
      await started;
    } finally {
      starts.delete(started);
    }
  }

  return {
    ports,
    apiUrl: `http://127.0.0.1:${ports.api}`,
    temporalUiUrl,
    start,
    async startAll() {
      await Promise.all([start('store'), start('temporal')]);
      if (stopped || databaseUrl === undefined) return;
      await ensureAdminKey(databaseUrl, home.adminKeyFile);
      if (stopped) return;
      await Promise.all([start('worker'), start('api')]);
    },
    part: (part) => parts.get(part),
    async stopAll() {
      stopped = true;
      for (const part of partNames.toReversed()) await parts.get(part)?.stop();
      await Promise.allSettled(starts);
      recordRunning(home.runningFile, []);
    },
  };
}
