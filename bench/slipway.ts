import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readStoreConfig } from '../config';
import { createAdminKey } from '../dev/admin-key';
import { type AcceptedView, createApiClient, type OperationView } from '../dev/client';
import { freePort } from '../dev/ports';
import type { ConnectionInput } from '../postgres/connection';
import { storeOf } from '../settings';
import { openKeyStore } from '../store/key-store';
import { benchSize } from './raw';

const root = path.join(__dirname, '..');

/** An API and a worker as in production, in processes of their own. */
export interface BenchSlipway {
  create(): Promise<string>;
  change(id: string, verb: string, input: object): Promise<void>;
  remove(id: string): Promise<void>;
  accept(): Promise<void>;
  /** Resolves when nothing that was accepted is still at work. */
  drained(): Promise<void>;
  /** Resolves when so many repairs of a database have succeeded. */
  repaired(id: string, count: number): Promise<void>;
  connection(id: string): Promise<ConnectionInput>;
  /** Resident memory in bytes (VmRSS of proc_pid_status(5)). */
  memory(): { readonly api: number; readonly worker: number };
  stop(): Promise<void>;
}

export async function startBenchSlipway(
  environment: NodeJS.ProcessEnv,
  workerFile = 'dist/worker.js',
): Promise<BenchSlipway> {
  const key = await adminKey({ ...process.env, ...environment });
  const port = await freePort();
  const env = {
    ...process.env,
    ...environment,
    PORT: String(port),
    SLIPWAY_SECRET_KEY: randomBytes(32).toString('base64'),
    SLIPWAY_WORKFLOW_BUNDLE: path.join(root, 'dist', 'workflow-bundle.js'),
    SLIPWAY_RATE_LIMIT_PER_MINUTE: '0',
    LOG_LEVEL: 'error',
  };
  const worker = await start(workerFile, env);
  const api = await start('dist/api/main.js', env);
  const client = createApiClient(`http://127.0.0.1:${port}`, key);
  let serial = 0;

  async function finish({ operation }: { operation: OperationView }): Promise<void> {
    const { state, error } = await client<OperationView>('GET', `/v1/operations/${operation.id}?wait=60s`);
    if (state !== 'succeeded') throw new Error(`operation ${operation.id} is ${state}: ${JSON.stringify(error)}`);
  }

  const ask = () =>
    client<AcceptedView>('POST', '/v1/databases', {
      name: `bench-${++serial}`,
      version: '17',
      size: benchSize,
    });

  return {
    async create() {
      const accepted = await ask();
      await finish(accepted);
      return accepted.database.id;
    },
    async change(id, verb, input) {
      await finish(await client('POST', `/v1/databases/${id}/${verb}`, input));
    },
    async remove(id) {
      await finish(await client('DELETE', `/v1/databases/${id}`));
    },
    async accept() {
      await ask();
    },
    async drained() {
      for (const state of ['pending', 'running'] as const) {
        for (;;) {
          const { items } = await client<{ items: OperationView[] }>('GET', `/v1/operations?state=${state}&pageSize=1`);
          const [open] = items;
          if (open === undefined) break;
          await client('GET', `/v1/operations/${open.id}?wait=10s`);
        }
      }
    },
    async repaired(id, count) {
      for (;;) {
        const query = `databaseId=${id}&kind=repair&state=succeeded`;
        const { items } = await client<{ items: OperationView[] }>('GET', `/v1/operations?${query}`);
        if (items.length >= count) return;
        await delay(20);
      }
    },
    connection: (id) => client<ConnectionInput>('GET', `/v1/databases/${id}/connection`),
    memory: () => ({ api: residentBytes(api), worker: residentBytes(worker) }),
    async stop() {
      await Promise.all([end(api), end(worker)]);
    },
  };
}

async function adminKey(environment: NodeJS.ProcessEnv): Promise<string> {
  const store = await openKeyStore(storeOf(readStoreConfig(environment)));
  try {
    return await createAdminKey(store);
  } finally {
    await store.close();
  }
}

async function start(file: string, env: NodeJS.ProcessEnv): Promise<ChildProcess> {
  const execArgv = file.endsWith('.ts') ? ['--import', 'tsx'] : [];
  const child = fork(path.join(root, file), { env, execArgv, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}`)));
  });
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
}

function residentBytes({ pid }: ChildProcess): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}
