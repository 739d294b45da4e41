import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { createMemoryBackend } from '../../../containers/memory';
import { freePort } from '../../stack/ports';
import { openLoop } from '../open-loop';
import { adminKeyOf, benchEnvironment, endProcess, startProcess } from '../processes';
import { benchSize } from '../raw';
import { round } from '../statistics';
import { createRetryingClient, type RetryingClient } from './client';
import { serveHost } from './host';

export interface RollingSettings {
  /** The path of the compiled `dev/bench/rolling/worker.ts`. */
  readonly worker: string;
  /** The workflows of the worker from its first restart on; by default the same as before. */
  readonly laterBundle?: string;
  readonly operations: number;
  readonly requestsPerSecond: number;
  readonly seconds: number;
}

/** Times in milliseconds. */
export interface RollingReport {
  readonly restarts: { readonly api: number; readonly worker: number };
  readonly requests: number;
  readonly retries: number;
  /** Requests that failed despite retries, operations that did not succeed, and programs that did not exit with 0. */
  readonly failures: readonly string[];
  /** The longest operation before any restart, and the longest during the restarts. */
  readonly longestBefore: number;
  readonly longestMeanwhile: number;
  readonly longestRequest: number;
}

interface OperationView {
  readonly id: string;
  readonly state: string;
  readonly done: boolean;
  readonly error: unknown;
}

/** Number of operations before any restart, the baseline for the others. */
const operationsBefore = 10;

/**
 * Restarts two APIs and a worker in turn, again and again, while operations run and requests arrive. The host is in
 * this process, so that containers outlive the worker, as Docker's do.
 */
export async function measureRolling(
  environment: NodeJS.ProcessEnv,
  settings: RollingSettings,
): Promise<RollingReport> {
  const { operations, requestsPerSecond, seconds } = settings;
  const key = await adminKeyOf({ ...process.env, ...environment });
  const env = benchEnvironment({ SLIPWAY_RECONCILE_INTERVAL_SECONDS: '0', LOG_LEVEL: 'fatal', ...environment });
  const ports = [await freePort(), await freePort()];
  const backend = createMemoryBackend();
  const failures: string[] = [];

  let workerEnv = env;
  async function startWorker(): Promise<ChildProcess> {
    const child = await startProcess(settings.worker, workerEnv, (started) => serveHost(started, backend));
    if (settings.laterBundle !== undefined) workerEnv = { ...env, SLIPWAY_WORKFLOW_BUNDLE: settings.laterBundle };
    return child;
  }
  const startApi = (port: number) => () => startProcess('dist/api/main.js', { ...env, PORT: String(port) });
  const worker = await restartable(startWorker, failures);
  const apis = await Promise.all(ports.map((port) => restartable(startApi(port), failures)));
  const client = createRetryingClient(
    ports.map((port) => `http://127.0.0.1:${port}`),
    key,
  );
  const noted = (error: unknown): number => {
    failures.push(String(error));
    return 0;
  };
  try {
    let serial = 0;
    const operate = (): Promise<number> => {
      serial += 1;
      return operation(client, `rolling-${serial}`).catch(noted);
    };
    // The first operation warms up and does not count.
    await operate();
    const before = await Promise.all(Array.from({ length: operationsBefore }, operate));
    let over = false;
    const restarting = (async () => {
      for (let turn = 0; !over || turn === 0; turn += 1) for (const one of [...apis, worker]) await one.restart();
    })();
    const meanwhile: Promise<number>[] = [];
    const [requests] = await Promise.all([
      openLoop(requestsPerSecond, seconds, () => client.ask('GET', '/v1/operations?pageSize=20')),
      openLoop(operations / seconds, seconds, async () => void meanwhile.push(operate())),
    ]);
    const times = await Promise.all(meanwhile);
    over = true;
    await restarting;
    for (const error of requests.errors) noted(error);
    return {
      restarts: { api: apis.reduce((sum, api) => sum + api.restarts(), 0), worker: worker.restarts() },
      requests: requests.times.length + requests.errors.length,
      retries: client.retries(),
      failures,
      longestBefore: round(Math.max(...before)),
      longestMeanwhile: round(Math.max(...times)),
      longestRequest: round(Math.max(...requests.times)),
    };
  } finally {
    client.close();
    for (const one of [...apis, worker]) await one.end();
  }
}

/**
 * Creates a database and waits until it is available. Throws if the operation does not succeed. @returns milliseconds
 */
async function operation(client: RetryingClient, name: string): Promise<number> {
  const startedAt = performance.now();
  const body = { name, version: '17', size: benchSize };
  const accepted = await client.ask<{ operation: OperationView }>('POST', '/v1/databases', body);
  for (;;) {
    const { id } = accepted.operation;
    const { done, state, error } = await client.ask<OperationView>('GET', `/v1/operations/${id}?wait=1s`);
    if (done && state !== 'succeeded') throw new Error(`operation ${id} is ${state}: ${JSON.stringify(error)}`);
    if (done) return performance.now() - startedAt;
  }
}

/** A program that is stopped and started again, as a service manager does it. */
async function restartable(
  start: () => Promise<ChildProcess>,
  failures: string[],
): Promise<{ restart(): Promise<void>; restarts(): number; end(): Promise<void> }> {
  let child = await start();
  let restarts = 0;

  async function end(): Promise<void> {
    await endProcess(child);
    if (child.exitCode !== 0) failures.push(`a program ended with ${child.exitCode ?? child.signalCode}`);
  }

  return {
    async restart() {
      await end();
      child = await start();
      restarts += 1;
      // A moment with all programs running, as between the steps of a rollout.
      await delay(500);
    },
    restarts: () => restarts,
    end,
  };
}
