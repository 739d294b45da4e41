import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import Docker from 'dockerode';
import { pino } from 'pino';
import { readApiConfig } from '../../config/config';
import { openStore } from '../../process/connect';
import { query } from '../support/database';
import { type OwnParts, startOwnParts } from '../support/own-parts';

// A password is looked for wherever it must not be. Each place is also shown to hold something that is there, so that
// a place which is looked at in the wrong way is noticed.

let parts: OwnParts;
beforeAll(async () => {
  parts = await startOwnParts({ LOG_LEVEL: 'trace' });
});
afterAll(async () => {
  await parts?.remove();
});

test('a password is in no log, history, argument, environment, label, event or answer but the connection’s', async () => {
  const worker = await parts.startWorker();
  const { program, client } = await parts.startApi();
  const processes = watchProcesses();
  const created = await client.succeeded('POST', '/v1/databases', { name: 'canary', version: '17', size: 'small' });
  const operationId = created.operation.id as string;
  const databaseId = created.database.id as string;
  const { body: connection } = await client.send('GET', `/v1/databases/${databaseId}/connection`);
  expect(await query(connection.url, 'SELECT current_user AS me')).toEqual([{ me: 'app' }]);

  // Somebody who is told, and cannot be reached.
  const hook = `canary-${randomBytes(8).toString('hex')}`;
  const config = { url: `https://hooks.invalid/services/${hook}` };
  const channel = await client.send('POST', '/v1/notification-channels', { name: 'canary', kind: 'slack', config });
  const channelPath = `/v1/notification-channels/${channel.body.id}`;
  const tested = await client.send('POST', `${channelPath}/test`);
  expect(tested.status).toBe(502);

  // Signs what cannot be delivered, with a secret that was generated, and then with another.
  const url = 'https://hooks.invalid/signed';
  const signed = await client.send('POST', '/v1/notification-channels', {
    name: 'signed',
    kind: 'webhook',
    config: { url },
  });
  const signedPath = `/v1/notification-channels/${signed.body.id}`;
  const rotated = await client.send('POST', `${signedPath}/rotate-secret`, {});
  const signedTest = await client.send('POST', `${signedPath}/test`);
  expect([signed.status, rotated.status, signedTest.status]).toEqual([201, 200, 502]);

  const answers: unknown[] = [channel.body, tested.body, signedTest.body];
  for (const route of [
    '/v1/databases',
    `/v1/databases/${databaseId}`,
    `/v1/databases/${databaseId}/logs?tail=1000`,
    `/v1/databases/${databaseId}/stats`,
    '/v1/events?pageSize=200',
    '/v1/operations',
    `/v1/operations/${operationId}`,
    '/v1/notification-channels',
    channelPath,
    signedPath,
    '/v1/audit?pageSize=200',
    '/readyz',
  ]) {
    answers.push((await client.send('GET', route)).body);
  }
  answers.push((await client.send('POST', '/v1/databases', { name: 'canary', version: '17', size: 'small' })).body);

  const places = {
    'the API’s log': { holds: operationId, text: program.output() },
    'the worker’s log': { holds: databaseId, text: worker.output() },
    'the answers': { holds: databaseId, text: JSON.stringify(answers) },
    'Temporal’s data': { holds: databaseId, text: await contentsOf(path.join(parts.home.folder, 'temporal')) },
    'the logs of store and Temporal': { holds: 'PostgreSQL', text: await contentsOf(parts.home.logs) },
    'every row of the store': { holds: databaseId, text: await rowsOf(parts.databaseUrl) },
    'what Docker knows': { holds: `${databaseId}-primary`, text: await objectsOf(databaseId) },
    'arguments and environments of processes': { holds: 'psql', text: processes.stop() },
  };
  const signing = [signed.body.secret, rotated.body.secret];
  const secrets = [
    hook,
    connection.password,
    await monitorPassword(databaseId),
    client.key,
    await secretKey(),
    ...signing,
  ];
  for (const [place, { holds, text }] of Object.entries(places)) {
    expect({ place, holds: text.includes(holds) }).toEqual({ place, holds: true });
    expect({ place, shows: secrets.filter((secret) => text.includes(secret)).length }).toEqual({ place, shows: 0 });
  }
});

/** Looks at every process again and again, until it is stopped; all arguments and environments that were seen. */
function watchProcesses(): { stop(): string } {
  const seen = new Set<string>();
  const timer = setInterval(() => {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      for (const file of ['cmdline', 'environ']) {
        try {
          seen.add(readFileSync(`/proc/${pid}/${file}`, 'utf8'));
        } catch {
          // Gone meanwhile, or somebody else's.
        }
      }
    }
  }, 20);
  return {
    stop() {
      clearInterval(timer);
      return [...seen].join('\n');
    },
  };
}

async function contentsOf(folder: string): Promise<string> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const contents = files
    .filter((entry) => entry.isFile())
    .map((entry) => readFile(path.join(entry.parentPath, entry.name), 'latin1'));
  return (await Promise.all(contents)).join('\n');
}

async function rowsOf(url: string): Promise<string> {
  const tables = await query<{ name: string }>(
    url,
    "SELECT quote_ident(table_name) AS name FROM information_schema.tables WHERE table_schema = 'public'",
  );
  const rows = tables.map(({ name }) => query<{ row: string }>(url, `SELECT t::text AS row FROM ${name} AS t`));
  return (await Promise.all(rows))
    .flat()
    .map(({ row }) => row)
    .join('\n');
}

/** Everything that an inspection of the database's container, network, volume and image shows. */
async function objectsOf(databaseId: string): Promise<string> {
  const docker = new Docker();
  const filters = { label: [`slipway.database=${databaseId}`] };
  const [container] = await docker.listContainers({ all: true, filters });
  const [network] = await docker.listNetworks({ filters });
  const { Volumes } = await docker.listVolumes({ filters });
  const objects = [
    docker.getContainer(container?.Id ?? '').inspect(),
    docker.getNetwork(network?.Id ?? '').inspect(),
    docker.getVolume(Volumes[0]?.Name ?? '').inspect(),
  ];
  return JSON.stringify(await Promise.all(objects));
}

async function monitorPassword(databaseId: string): Promise<string> {
  const store = await openStore(readApiConfig(parts.environment), pino({ level: 'silent' }));
  const password = await store.secrets.read(databaseId, 'monitor');
  await store.close();
  return password;
}

async function secretKey(): Promise<string> {
  return (await readFile(parts.home.secretKeyFile, 'utf8')).trim();
}
