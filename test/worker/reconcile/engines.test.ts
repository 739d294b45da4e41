import Docker from 'dockerode';
import { Client } from 'pg';
import { query } from '../../support/database';
import { eventually } from '../../support/eventually';
import { type Committed, expectTruth } from '../../support/oracle';
import { type Slipway, startSlipway } from '../../support/slipway';

const docker = new Docker();
let slipway: Slipway;
beforeAll(async () => {
  slipway = await startSlipway({ env: { SLIPWAY_RECONCILE_INTERVAL_SECONDS: '1' } });
});
afterAll(async () => {
  await slipway?.stop();
});

const size = { nanoCpus: 2_000_000_000, memoryBytes: 256 * 1024 ** 2 };
let serial = 0;

/** A database with a row, and the names of what it is made of. */
async function created(): Promise<{ id: string; container: string; network: string; committed: Committed }> {
  const { api, installation } = slipway;
  const { id } = (await api.succeeded('POST', '/v1/databases', { name: `real-${++serial}`, version: '17', size }))
    .database;
  const { url } = (await api.send('GET', `/v1/databases/${id}/connection`)).body;
  await query(url, 'CREATE TABLE committed (value text)');
  await query(url, "INSERT INTO committed VALUES ('kept')");
  const network = `slipway-${installation}-${id}`;
  return { id, network, container: `${network}-primary`, committed: { url, value: 'kept' } };
}

async function repaired(id: string): Promise<any> {
  return eventually(async () => {
    const { items } = (await slipway.api.send('GET', `/v1/operations?databaseId=${id}&kind=repair`)).body;
    expect(items).toMatchObject([{ state: 'succeeded', done: true }]);
    return items[0];
  }, 60_000);
}

async function healthy(id: string, container: object): Promise<void> {
  await eventually(async () => {
    const [instance] = (await slipway.api.send('GET', `/v1/databases/${id}`)).body.instances;
    expect(instance).toMatchObject({ status: 'healthy', container: { state: 'running', ...container } });
  });
}

test.each<{
  name: string;
  breakIt: (container: string, network: string) => Promise<unknown>;
  reason: RegExp;
  restarts: number;
}>([
  {
    name: 'killed (docker kill)',
    breakIt: (container) => docker.getContainer(container).kill(),
    reason: /exited with code 137$/,
    restarts: 1,
  },
  {
    name: 'removed',
    breakIt: (container) => docker.getContainer(container).remove({ force: true }),
    reason: /is missing/,
    restarts: 1,
  },
  {
    name: 'stopped',
    breakIt: (container) => docker.getContainer(container).stop(),
    reason: /exited with code 0/,
    restarts: 1,
  },
  { name: 'paused', breakIt: (container) => docker.getContainer(container).pause(), reason: /is paused/, restarts: 0 },
  {
    name: 'taken off its network',
    breakIt: (container, network) => docker.getNetwork(network).disconnect({ Container: container, Force: true }),
    reason: /is not on network/,
    restarts: 1,
  },
  {
    name: 'robbed of its network',
    breakIt: async (container, network) => {
      await docker.getNetwork(network).disconnect({ Container: container, Force: true });
      await docker.getNetwork(network).remove();
    },
    reason: /network .* is missing/,
    restarts: 1,
  },
  {
    name: 'stopped, and its network made anew',
    breakIt: async (container, network) => {
      await docker.getContainer(container).kill();
      await docker.getNetwork(network).remove();
    },
    reason: /network .* is missing/,
    restarts: 1,
  },
])('a container that was $name is repaired, and what was committed is there', async ({ breakIt, reason, restarts }) => {
  const { id, container, network, committed } = await created();
  await healthy(id, { restarts: 0 });
  await breakIt(container, network);
  const repair = await repaired(id);
  const [row] = await query<{ reasons: string[] }>(
    slipway.database.url,
    `SELECT input -> 'reasons' AS reasons FROM operations WHERE id = $1`,
    [repair.id],
  );
  expect(row?.reasons.some((text) => reason.test(text))).toBe(true);
  expect(await expectTruth(slipway, id, committed)).toBe('available');
  await healthy(id, { restarts });
});

test('limits that were changed behind our back are changed back, and the engine runs on', async () => {
  const { id, container, committed } = await created();
  await healthy(id, { restarts: 0 });
  const limits = async () => {
    const { NanoCpus, Memory, MemorySwap } = (await docker.getContainer(container).inspect()).HostConfig;
    return { NanoCpus, Memory, MemorySwap };
  };
  const before = await limits();
  const memory = 300 * 1024 ** 2;
  const changed = { NanoCpus: 1_000_000_000, Memory: memory, MemorySwap: memory };
  await docker.getContainer(container).update(changed);
  const repair = (await slipway.api.send('GET', `/v1/operations/${(await repaired(id)).id}`)).body;
  expect(repair.steps.map(({ name }: { name: string }) => name)).toEqual(['updateServer', 'awaitReady']);
  expect(await limits()).toEqual(before);
  expect(before).not.toEqual(changed);
  expect(await expectTruth(slipway, id, committed)).toBe('available');
  await healthy(id, { restarts: 0 });
});

test('a stopped database that was started is stopped again, and one that was resumed is paused', async () => {
  const { api } = slipway;
  const { id, container, committed } = await created();
  await api.succeeded('POST', `/v1/databases/${id}/stop`);
  await docker.getContainer(container).start();
  await repaired(id);
  expect(await expectTruth(slipway, id, committed)).toBe('stopped');
  await api.succeeded('POST', `/v1/databases/${id}/start`);
  expect(await expectTruth(slipway, id, committed)).toBe('available');

  const other = await created();
  await api.succeeded('POST', `/v1/databases/${other.id}/pause`);
  await docker.getContainer(other.container).unpause();
  await repaired(other.id);
  expect(await expectTruth(slipway, other.id, other.committed)).toBe('paused');
  await api.succeeded('POST', `/v1/databases/${other.id}/resume`);
  expect(await expectTruth(slipway, other.id, other.committed)).toBe('available');
});

test('a parameter that awaits a restart is shown, until the restart', async () => {
  const { api } = slipway;
  const { id, container } = await created();
  // As the superuser may, from within: PostgreSQL itself then says what awaits a restart.
  for (const sql of ['ALTER SYSTEM SET max_connections = 50', 'SELECT pg_reload_conf()']) {
    const command = ['psql', '--no-psqlrc', '--username=postgres', '--dbname=postgres', '--command', sql];
    expect(await slipway.backend.exec(container, { command, timeoutSeconds: 10 })).toMatchObject({ exitCode: 0 });
  }
  const pending = async (names: string[]) =>
    eventually(async () => {
      const [instance] = (await api.send('GET', `/v1/databases/${id}`)).body.instances;
      expect(instance).toMatchObject({ status: 'healthy', pendingRestart: names });
    });
  await pending(['max_connections']);
  await api.succeeded('POST', `/v1/databases/${id}/restart`);
  await pending([]);
});

test('a process that the kernel killed for memory is shown, though the engine runs on', async () => {
  const { id, container, committed } = await created();
  await healthy(id, { oomKilledAt: null, restarts: 0 });
  // It takes all that the container may have, and is the largest when that is gone.
  await slipway.backend.exec(container, { command: ['tail', '/dev/zero'], timeoutSeconds: 60 });
  await healthy(id, { oomKilledAt: expect.any(String), oomKilled: false, restarts: 0 });
  expect(await expectTruth(slipway, id, committed)).toBe('available');
});

test('an exporter is repaired beside an engine whose connections are all in use (M50)', async () => {
  const { api, installation } = slipway;
  // PostgreSQL 15 cannot reserve connections for Slipway's own logins.
  const { id } = (
    await api.succeeded('POST', '/v1/databases', {
      name: 'full',
      version: '15',
      size: { nanoCpus: 1_000_000_000, memoryBytes: 256 * 1024 ** 2 },
      parameters: { max_connections: '10' },
      exporter: { enabled: true },
    })
  ).database;
  const exporter = `slipway-${installation}-${id}-primary-exporter`;
  await healthy(id, { restarts: 0 });
  const { url } = (await api.send('GET', `/v1/databases/${id}/connection`)).body;
  const clients = await allConnectionsOf(url);
  try {
    await docker.getContainer(exporter).kill();
    await repaired(id);
    await expect(query(url, 'SELECT 1')).rejects.toMatchObject({ code: '53300' });
    expect((await api.send('GET', `/v1/databases/${id}`)).body).toMatchObject({ state: 'available', error: null });
    expect((await docker.getContainer(exporter).inspect()).State.Running).toBe(true);
  } finally {
    for (const client of clients) await client.end();
  }
});

/** Connects until the engine has no connection left. */
async function allConnectionsOf(url: string): Promise<Client[]> {
  const clients: Client[] = [];
  for (;;) {
    const client = new Client({ connectionString: url });
    try {
      await client.connect();
    } catch (error) {
      expect(error).toMatchObject({ code: '53300' });
      return clients;
    }
    clients.push(client);
  }
}
