import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { Connection, Client as TemporalClient } from '@temporalio/client';
import { endProcess, startProcess } from '../../dev/bench/processes';
import { adminKeyOf } from '../support/admin-key';
import { createTestDatabase, query, required, type TestDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { type Answer, type ApiClient, createApiClient } from '../support/http';
import { type Program, startProgram } from '../support/program';
import { testEnvironment } from '../support/slipway';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy';

// Three APIs and three workers, each of its own process, on one store. Each worker has a host in its memory.

let database: TestDatabase;
/** The APIs' way to Temporal; the workers have their own. */
let toTemporal: TcpProxy;
let temporal: TemporalClient;
const programs: Program[] = [];
const workers: ChildProcess[] = [];
let apis: readonly ApiClient[] = [];
beforeAll(async () => {
  database = await createTestDatabase();
  const address = required('TEMPORAL_ADDRESS');
  const [host = '', port = ''] = address.split(':');
  toTemporal = await startTcpProxy({ host, port: Number(port) });
  temporal = new TemporalClient({
    connection: Connection.lazy({ address }),
    namespace: required('TEMPORAL_NAMESPACE'),
  });
  const environment = testEnvironment(database);
  const key = await adminKeyOf(database.url);
  const startWorker = async (id: number) => {
    const own = { SLIPWAY_HOST_ID: `${environment.SLIPWAY_HOST_ID}-${id}` };
    workers.push(await startProcess('dev/bench/memory-worker.ts', { ...process.env, ...environment, ...own }));
  };
  const startApi = async (): Promise<ApiClient> => {
    const own = { LOG_LEVEL: 'info', PORT: '0', TEMPORAL_ADDRESS: `127.0.0.1:${toTemporal.port}` };
    const program = startProgram('api/main.js', { ...environment, ...own });
    programs.push(program);
    const { address: listening } = await program.line(({ msg }) => msg === 'listening');
    return createApiClient(`http://127.0.0.1:${(listening as AddressInfo).port}`, key);
  };
  await Promise.all([1, 2, 3].map(startWorker));
  apis = await Promise.all([1, 2, 3].map(startApi));
});
afterAll(async () => {
  for (const program of programs) {
    program.signal('SIGKILL');
    await program.ended;
  }
  await Promise.all(workers.map(endProcess));
  await temporal?.connection.close();
  await toTemporal?.close();
  await database?.drop();
});

const input = () => ({ name: `db-${randomBytes(5).toString('hex')}`, version: '17', size: 'micro' });
const apiOf = (index: number): ApiClient => apis[index % apis.length] as ApiClient;

/** On a machine that does other things, too. */
const patienceMs = 90_000;

/** A request that is asked again while it is answered elsewhere or the store has no connection left, as callers do. */
function insist(api: ApiClient, path: string, body?: object, headers = {}): Promise<Answer> {
  const key = { 'idempotency-key': randomBytes(8).toString('hex'), ...headers };
  return eventually(async () => {
    const answer = await api.send('POST', path, body, key);
    expect(['request_in_progress', 'store_unavailable']).not.toContain(answer.body.code);
    return answer;
  }, patienceMs);
}

/** As many requests at once, in turn at each API. */
function atOnce(count: number, ask: (api: ApiClient) => Promise<Answer>): Promise<Answer[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => ask(apiOf(index))));
}

function codesOf(answers: readonly Answer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, body } of answers) {
    const name = status < 400 ? String(status) : `${status} ${body.code}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

test('100 equal requests with one Idempotency-Key are one operation and one answer', async () => {
  const [body, key] = [input(), { 'idempotency-key': randomBytes(8).toString('hex') }];
  const answers = await atOnce(100, (api) => insist(api, '/v1/databases', body, key));
  expect(codesOf(answers)).toEqual({ 202: 100 });
  for (const answer of answers) expect(answer.body).toEqual(answers[0]?.body);
  const rows = await query(database.url, 'SELECT id FROM operations WHERE database_name = $1', [body.name]);
  expect(rows).toHaveLength(1);
  expect(await apiOf(1).finished(answers[0]?.body.operation.id)).toMatchObject({ state: 'succeeded' });
});

test('50 creates at once never pass a quota of 10, and what was accepted comes to be', async () => {
  const { id } = (await apiOf(0).send('POST', '/v1/tenants', { name: 'limited' })).body;
  const limits = { databases: 10, nanoCpus: null, memoryBytes: null };
  await apiOf(1).send('PUT', `/v1/tenants/${id}/quota`, limits);
  const named = { 'slipway-tenant': id };
  const answers = await atOnce(50, (api) => insist(api, '/v1/databases', input(), named));
  expect(codesOf(answers)).toEqual({ 202: 10, '429 quota_exceeded': 40 });
  await eventually(async () => {
    const { items } = (await apiOf(2).send('GET', '/v1/databases', undefined, named)).body;
    expect(items.map(({ state }: { state: string }) => state)).toEqual(Array(10).fill('available'));
  }, patienceMs);
  const quota = (await apiOf(0).send('GET', '/v1/quota', undefined, named)).body;
  expect(quota.databases).toEqual({ limit: 10, used: 10 });
});

test('of 30 changes of one database at once one is accepted, and the others name it', async () => {
  const { id } = (await apiOf(0).succeeded('POST', '/v1/databases', input())).database;
  const answers = await atOnce(30, (api) => insist(api, `/v1/databases/${id}/rotate-credentials`));
  const accepted = answers.filter(({ status }) => status === 202).map(({ body }) => body.operation.id);
  // Who comes when the first has ended is the next; two are never open together.
  const refused = answers.filter(({ status }) => status !== 202);
  expect(refused.length).toBeGreaterThan(0);
  expect(new Set(refused.map(({ body }) => body.code))).toEqual(new Set(['operation_in_progress']));
  for (const { body } of refused) if (body.operationId !== null) expect(accepted).toContain(body.operationId);
  for (const operationId of accepted) {
    expect(await apiOf(1).finished(operationId)).toMatchObject({ state: 'succeeded' });
  }
  const spans = await query<{ overlap: boolean }>(
    database.url,
    `SELECT lead(created_at) OVER (ORDER BY created_at) < ended_at AS overlap FROM operations WHERE database_id = $1`,
    [id],
  );
  expect(spans.filter(({ overlap }) => overlap)).toEqual([]);
});

test('what is accepted while no API reaches Temporal is started by one of three relays, once each', async () => {
  toTemporal.cut();
  const answers = await atOnce(12, (api) => insist(api, '/v1/databases', input()));
  toTemporal.mend();
  expect(codesOf(answers)).toEqual({ 202: 12 });
  for (const { body } of answers) {
    const { id, workflowId } = body.operation;
    expect(await apiOf(0).finished(id)).toMatchObject({ state: 'succeeded' });
    const events = await temporal.workflow.getHandle(workflowId).fetchHistory();
    const claims = (events.events ?? []).filter(
      ({ activityTaskScheduledEventAttributes: scheduled }) => scheduled?.activityType?.name === 'claimOperation',
    );
    expect(claims).toHaveLength(1);
    const steps = await query(
      database.url,
      'SELECT plan_number, ordinal FROM steps WHERE operation_id = $1 AND plan_number <> 1',
      [id],
    );
    expect(steps).toEqual([]);
  }
});
