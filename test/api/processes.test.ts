import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { adminKeyOf } from '../support/admin-key';
import { createTestDatabase, query, required, type TestDatabase } from '../support/database';
import { readEvents } from '../support/event-stream';
import { eventually } from '../support/eventually';
import { type Answer, type ApiClient, createApiClient } from '../support/http';
import { type Program, startProgram } from '../support/program';
import { testEnvironment } from '../support/slipway';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy';

let database: TestDatabase;
let environment: Readonly<Record<string, string>>;
/** Where Temporal is slow to answer, an accepted operation is a while without its answer. */
let toTemporal: TcpProxy;
const programs: Program[] = [];
beforeAll(async () => {
  database = await createTestDatabase();
  const [host = '', port = ''] = required('TEMPORAL_ADDRESS').split(':');
  toTemporal = await startTcpProxy({ host, port: Number(port) });
  environment = { ...testEnvironment(database), LOG_LEVEL: 'info', PORT: '0' };
});
afterEach(async () => {
  toTemporal.mend();
  for (const program of programs.splice(0)) {
    program.signal('SIGKILL');
    await program.ended;
  }
});
afterAll(async () => {
  await toTemporal?.close();
  await database?.drop();
});

/** An API of its own process, beside others on one store. */
async function startApi(changes = {}): Promise<{ readonly program: Program; readonly api: ApiClient }> {
  const program = startProgram('api/main.js', { ...environment, ...changes });
  programs.push(program);
  const { address } = await program.line(({ msg }) => msg === 'listening');
  const url = `http://127.0.0.1:${(address as AddressInfo).port}`;
  return { program, api: createApiClient(url, await adminKeyOf(database.url)) };
}

/** The record of a live worker: without one, no API begins a run. */
async function insertWorker(): Promise<void> {
  await query(
    database.url,
    `INSERT INTO hosts (id, address, port_from, port_to, address_pool)
     VALUES ('host-a', '127.0.0.1', 20000, 29999, '10.213.0.0/16')`,
  );
  await query(
    database.url,
    `INSERT INTO workers (id, host_id, build, release, contract, started_at, last_seen_at)
     VALUES ('worker-a', 'host-a', 'none', 0, 1, now(), now())`,
  );
}

const input = () => ({ name: `db-${randomBytes(5).toString('hex')}`, version: '17', size: 'micro' });
const newKey = () => ({ 'idempotency-key': randomBytes(8).toString('hex') });
const operationsOf = (name: string) =>
  query(database.url, 'SELECT id FROM operations WHERE database_name = $1', [name]);

test('what an API accepted that was killed before its answer is answered by another, and accepted once', async () => {
  const killed = await startApi({ TEMPORAL_ADDRESS: `127.0.0.1:${toTemporal.port}` });
  const { api } = await startApi();
  await insertWorker();
  toTemporal.silence();
  const [body, key] = [input(), newKey()];
  const unanswered = expect(killed.api.send('POST', '/v1/databases', body, key)).rejects.toThrow(/fetch failed/);
  const [operation] = await eventually(async () => {
    const rows = await operationsOf(body.name);
    expect(rows).toHaveLength(1);
    return rows as { id: string }[];
  });
  killed.program.signal('SIGKILL');
  await unanswered;
  // Nobody knows yet that its holder is dead.
  const early = await api.send('POST', '/v1/databases', body, key);
  expect({ status: early.status, code: early.body.code }).toEqual({ status: 409, code: 'request_in_progress' });
  const first = await eventually(async () => {
    const answer = await api.send('POST', '/v1/databases', body, key);
    expect(answer.status).toBe(202);
    return answer;
  });
  expect(first.body.operation).toMatchObject({ id: operation?.id, kind: 'create', databaseName: body.name });
  expect(first.headers.get('location')).toBe(`/v1/operations/${operation?.id}`);
  const again = await api.send('POST', '/v1/databases', body, key);
  expect(again.body).toEqual(first.body);
  expect(await operationsOf(body.name)).toHaveLength(1);
});

test('three API processes that are sent one request at once carry it out once, and answer it the same', async () => {
  const apis = (await Promise.all([startApi(), startApi(), startApi()])).map(({ api }) => api);
  const [body, key] = [input(), newKey()];
  const insist = (api: ApiClient): Promise<Answer> =>
    eventually(async () => {
      const answer = await api.send('POST', '/v1/databases', body, key);
      if (answer.status !== 202) expect(answer.body.code).toBe('request_in_progress');
      expect(answer.status).toBe(202);
      return answer;
    });
  const answers = await Promise.all([...apis, ...apis, ...apis].map(insist));
  for (const answer of answers) expect(answer.body).toEqual(answers[0]?.body);
  expect(await operationsOf(body.name)).toHaveLength(1);
});

test('a stream ends when its API does, and is resumed at another without loss (D17)', async () => {
  const [ending, staying] = await Promise.all([startApi(), startApi()]);
  const events = (reader: { readonly events: readonly { readonly data: any }[] }) =>
    reader.events.map(({ data }) => data.data.databaseName);
  const reader = await readEvents(ending.api, '/v1/events/stream');
  const first = input();
  await staying.api.send('POST', '/v1/databases', first);
  await eventually(() => expect(events(reader)).toEqual([first.name]));
  ending.program.signal('SIGTERM');
  expect(await reader.ended).toBe('ended');
  expect(await ending.program.ended).toBe(0);
  const second = input();
  await staying.api.send('POST', '/v1/databases', second);
  const lastEventId = reader.events.at(-1)?.id ?? '';
  const resumed = await readEvents(staying.api, '/v1/events/stream', { 'last-event-id': lastEventId });
  const third = input();
  await staying.api.send('POST', '/v1/databases', third);
  await eventually(() => expect(events(resumed)).toEqual([second.name, third.name]));
  resumed.leave();
});
