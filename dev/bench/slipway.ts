import { setTimeout as delay } from 'node:timers/promises';
import type { ConnectionInput } from '../../postgres/connection';
import { type AcceptedView, type ApiClient, createApiClient, type OperationView } from '../stack/client';
import { freePort } from '../stack/ports';
import { adminKeyOf, benchEnvironment, cpuSecondsOf, endProcess, residentBytes, startProcess } from './processes';
import { benchSize } from './raw';

/** An API and a worker as in production, each in its own process. */
export interface BenchSlipway {
  readonly url: string;
  /** The key of the installation's administrator. */
  readonly key: string;
  readonly client: ApiClient;
  create(): Promise<string>;
  change(id: string, verb: string, input: object): Promise<void>;
  remove(id: string): Promise<void>;
  accept(): Promise<void>;
  /** Resolves when a tenant has no open operations; the default tenant, if no tenant's key is given. */
  drained(key?: string): Promise<void>;
  /** Resolves when this number of repairs of a database have succeeded. */
  repaired(id: string, count: number): Promise<void>;
  connection(id: string): Promise<ConnectionInput>;
  /** Resident memory in bytes (VmRSS of proc_pid_status(5)). */
  memory(): { readonly api: number; readonly worker: number };
  /** The worker's user and system time so far. */
  workerCpuSeconds(): number;
  stop(): Promise<void>;
}

export async function startBenchSlipway(
  environment: NodeJS.ProcessEnv,
  workerFile = 'dist/worker.js',
): Promise<BenchSlipway> {
  const key = await adminKeyOf({ ...process.env, ...environment });
  const port = await freePort();
  const env = { ...benchEnvironment(environment), PORT: String(port) };
  const worker = await startProcess(workerFile, env);
  const api = await startProcess('dist/api/main.js', env);
  const url = `http://127.0.0.1:${port}`;
  const client = createApiClient(url, key);
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
    url,
    key,
    client,
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
    async drained(ofTenant = key) {
      const asked = createApiClient(url, ofTenant);
      for (const state of ['pending', 'running'] as const) {
        for (;;) {
          const { items } = await asked<{ items: OperationView[] }>('GET', `/v1/operations?state=${state}&pageSize=1`);
          const [open] = items;
          if (open === undefined) break;
          await asked('GET', `/v1/operations/${open.id}?wait=10s`);
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
    workerCpuSeconds: () => cpuSecondsOf(worker.pid ?? 0),
    async stop() {
      await Promise.all([endProcess(api), endProcess(worker)]);
    },
  };
}
