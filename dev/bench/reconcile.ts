import Docker from 'dockerode';
import { pino } from 'pino';
import { createMemoryBackend, type MemoryBackend } from '../../containers/memory';
import { instanceIdOf } from '../../domain/ids';
import { labelsOf } from '../../domain/names';
import { type Catalogue, resourcesOf } from '../../domain/planning/resources';
import { noExporter, noPooler } from '../../domain/spec';
import { probePendingRestart, probeReady } from '../../postgres/probe';
import { containerSpecOf } from '../../postgres/server';
import { createCipher } from '../../store/connection/cipher';
import { migrate } from '../../store/connection/migrate';
import type { DatabaseRecord } from '../../store/databases/records';
import { createStore, type Store } from '../../store/store';
import { createPass } from '../../worker/reconcile/pass';
import { benchSize } from './raw';
import type { BenchSlipway } from './slipway';
import { type Percentiles, percentilesOf, round, timed } from './statistics';

/** Times in milliseconds; `cpuShare` is of one core, with one pass every 15 s. */
export interface ReconcileFigures {
  /** From the kill of a container until its database is available and responds. */
  readonly repair: Percentiles & { readonly max: number };
  readonly pass: Percentiles & { readonly max: number; readonly databases: number; readonly cpuShare: number };
}

const databases = 50;
const passes = 20;
const intervalSeconds = 15;

/** Twenty kills, few enough for each database that the reconciler does not give up on it. */
export async function measureRepair(slipway: BenchSlipway): Promise<ReconcileFigures['repair']> {
  const times: number[] = [];
  for (let round = 0; round < 4; round += 1) {
    const id = await slipway.create();
    for (let trial = 1; trial <= 5; trial += 1) times.push(await timed(() => killAndAwait(slipway, id, trial)));
    await slipway.remove(id);
  }
  return { ...percentilesOf(times), max: round(Math.max(...times)) };
}

async function killAndAwait(slipway: BenchSlipway, id: string, repairs: number): Promise<void> {
  const docker = new Docker();
  const filters = { label: [`slipway.database=${id}`] };
  const [container] = await docker.listContainers({ filters });
  if (container === undefined) throw new Error(`database ${id} has no container`);
  await docker.getContainer(container.Id).kill();
  await slipway.repaired(id, repairs);
  await probeReady(await slipway.connection(id));
}

/** Measures passes over databases in memory, with the real store. The store's own server answers for every engine. */
export async function measurePass(environment: NodeJS.ProcessEnv): Promise<ReconcileFigures['pass']> {
  const databaseUrl = environment.DATABASE_URL ?? '';
  await migrate({ databaseUrl, statementTimeoutMs: 10_000 });
  const store = createStore({ databaseUrl, poolMax: 10, connectTimeoutMs: 3_000 }, createCipher(Buffer.alloc(32)));
  const backend = createMemoryBackend();
  const installation = await store.hosts.installation();
  const hostId = 'bench-reconcile';
  const range = { portFrom: 40_000, portTo: 40_000 + databases };
  const host = { address: '127.0.0.1', addressPool: '10.214.0.0/16', agentUrl: 'https://127.0.0.1:1' };
  await store.hosts.register({ id: hostId, ...host, ...range });
  for (let index = 0; index < databases; index += 1) {
    await makeThere(backend, installation, await makeRecord(store, hostId, index));
  }
  const { hostname, port, username, password, pathname } = new URL(databaseUrl);
  const engine = { host: hostname, port: Number(port), user: username, password, database: pathname.slice(1) };
  const pass = createPass({
    store,
    backend,
    installation,
    hostId,
    catalogue,
    logger: pino({ level: 'silent' }),
    engine: { observe: () => probePendingRestart(engine) },
    repair: async () => {
      throw new Error('nothing has drifted');
    },
    repairs: true,
    repairsAtOnce: 4,
    intervalSeconds,
    confirmAfterMs: 1_000,
    oomKills: new Map(),
  });
  const once = () => pass(null, new AbortController().signal);
  await once();
  const before = process.cpuUsage();
  const times: number[] = [];
  for (let index = 0; index < passes; index += 1) times.push(await timed(once));
  const { user, system } = process.cpuUsage(before);
  const [report] = (await store.reconcilers.list()).filter((one) => one.hostId === hostId);
  if (report?.databases !== databases || report.drifted !== 0)
    throw new Error(`not at rest: ${JSON.stringify(report)}`);
  await store.close();
  const cpuShare = (user + system) / 1e6 / passes / intervalSeconds;
  return {
    ...percentilesOf(times),
    max: round(Math.max(...times)),
    databases,
    cpuShare: Math.round(cpuShare * 1e4) / 1e4,
  };
}

/** Images and settings do not matter to a host in memory. */
const catalogue: Catalogue = {
  images: {},
  sidecarImages: { pooler: 'pooler', exporter: 'exporter' },
  settingsOf: () => ({}),
};

/** Creates the record of an available database, as its operation would have left it. */
async function makeRecord(store: Store, hostId: string, index: number): Promise<DatabaseRecord> {
  const request = { tenantId: 'default', requestedBy: 'bench', requestId: 'bench' };
  const input = {
    name: `bench-pass-${index}`,
    version: '17',
    size: benchSize,
    parameters: {},
    labels: {},
    description: '',
    deletionProtection: false,
    pooler: noPooler,
    exporter: noExporter,
  };
  const { operation, database } = await store.operations.create(request, input);
  await store.operations.claim(operation.id, 'bench', null);
  const claimed = await store.operations.load(operation.id);
  const instanceName = 'primary';
  const instanceId = instanceIdOf(database.id, instanceName);
  await store.operations.markInstances(claimed, 'creating', [{ instanceId, instanceName, hostId, initialized: false }]);
  await store.operations.finish({ operationId: operation.id, outcome: 'succeeded', wayBack: 'not_taken', error: null });
  const record = await store.databases.find(database.id);
  if (record === null) throw new Error(`database ${database.id} was not made`);
  return record;
}

async function makeThere(backend: MemoryBackend, installation: string, database: DatabaseRecord): Promise<void> {
  const owner = { installation, tenantId: database.tenantId, databaseId: database.id };
  const placements = database.instances.map(({ id: instanceId, name: instanceName, hostId }) => ({
    instanceId,
    instanceName,
    hostId,
    initialized: true,
  }));
  for (const resource of resourcesOf(owner, placements, catalogue, database.spec)) {
    const { name } = resource;
    if (resource.kind === 'network')
      await backend.ensureNetwork({ name, labels: labelsOf(owner), addressPool: '10.214.0.0/16' });
    if (resource.kind === 'volume') await backend.ensureVolume({ name, labels: labelsOf(owner) });
    if (resource.kind !== 'server' || resource.template === null) continue;
    const { template, templateHash: specHash, instanceId } = resource;
    const labels = labelsOf(owner, { instanceId, specHash });
    const hostPort = database.instances[0]?.hostPort ?? 0;
    const place = { name, labels, alias: instanceId, publish: { hostIp: '127.0.0.1', hostPort } };
    await backend.ensureContainer(containerSpecOf(template, place));
    await backend.startContainer(name, labels);
  }
}
