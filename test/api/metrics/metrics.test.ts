import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';
import { Registry } from 'prom-client';
import { parse } from 'yaml';
import { addPool } from '../../../api/metrics/pool';
import { createMemoryBackend } from '../../../containers/memory';
import { memoryHost } from '../../../dev/memory-host';
import { query } from '../../support/database';
import { eventually } from '../../support/eventually';
import { newGate } from '../../support/gate';
import { type Slipway, startSlipway } from '../../support/slipway';

const backend = createMemoryBackend();
let slipway: Slipway;
let hostId: string;
beforeAll(async () => {
  slipway = await startSlipway({ ports: memoryHost(backend) });
  hostId = slipway.environment.SLIPWAY_HOST_ID ?? '';
});
afterAll(async () => {
  await slipway?.stop();
});
afterEach(() => {
  backend.intercept = {};
});

const input = (name: string) => ({ name, version: '17', size: 'small' });

/** The lines of a metric, without its help. */
async function metric(name: string): Promise<string[]> {
  const { status, body } = await slipway.api.send('GET', '/metrics');
  expect(status).toBe(200);
  return (body as string).split('\n').filter((line) => line.startsWith(`${name}{`));
}

/** Of one host: another test registers a second one. */
const ofHost = (lines: readonly string[]) => lines.filter((line) => line.includes(`host="${hostId}"`));

test('metrics want the key, and are in the format of Prometheus', async () => {
  const { api } = slipway;
  expect((await api.raw('/metrics')).status).toBe(401);
  const { headers } = await api.send('GET', '/metrics');
  expect(headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
});

test('databases are counted from the store, also what was written past Slipway (A29)', async () => {
  const line = (state: string, count: number) =>
    `slipway_databases{engine="postgresql",version="17",state="${state}"} ${count}`;
  const { api, database } = slipway;
  const [before] = await query<{ count: number }>(
    database.url,
    "SELECT count(*)::int AS count FROM databases WHERE state = 'available'",
  );
  const available = before?.count ?? 0;
  const { database: created } = await api.succeeded('POST', '/v1/databases', input('counted'));
  expect(await metric('slipway_databases')).toEqual(
    expect.arrayContaining([line('available', available + 1), line('paused', 0)]),
  );
  await query(database.url, "UPDATE databases SET state = 'paused' WHERE id = $1", [created.id]);
  expect(await metric('slipway_databases')).toEqual(
    expect.arrayContaining([line('available', available), line('paused', 1)]),
  );
  await query(database.url, "UPDATE databases SET state = 'available' WHERE id = $1", [created.id]);
});

test('operations are counted by kind and result: success, failure, conflict; and those that are open (B06)', async () => {
  const { api } = slipway;
  const result = (kind: string, end: string, count: number) =>
    `slipway_operation_results_total{kind="${kind}",result="${end}"} ${count}`;
  const { database } = await api.succeeded('POST', '/v1/databases', input('busy'));
  expect((await api.send('POST', '/v1/databases', input('busy'))).body.code).toBe('name_in_use');
  await api.succeeded('POST', `/v1/databases/${database.id}/pause`);
  expect((await api.send('POST', `/v1/databases/${database.id}/pause`)).status).toBe(409);
  backend.unsupported.add('resumeContainer');
  const { body } = await api.send('POST', `/v1/databases/${database.id}/resume`);
  await api.finished(body.operation.id);
  backend.unsupported.clear();
  const gate = newGate();
  backend.intercept = { before: () => gate.opened };
  const open = await api.send('POST', `/v1/databases/${database.id}/resume`);
  // No conflict, only a request that is wrong: not counted.
  expect((await api.send('POST', `/v1/databases/${database.id}/resume`, { a: 1 })).status).toBe(400);
  expect((await api.send('POST', `/v1/operations/${body.operation.id}/retry`)).status).toBe(409);
  await eventually(async () => {
    expect(await metric('slipway_open_operations')).toContain(
      'slipway_open_operations{kind="resume",state="running"} 1',
    );
  });
  expect(await metric('slipway_operation_results_total')).toEqual(
    expect.arrayContaining([
      result('pause', 'success', 1),
      result('pause', 'failure', 0),
      result('pause', 'conflict', 1),
      result('resume', 'success', 0),
      result('resume', 'failure', 1),
      result('resume', 'conflict', 1),
      result('create', 'conflict', 1),
    ]),
  );
  gate.open();
  await api.finished(open.body.operation.id);
});

test('a host’s breaker and calls are as its worker has them now (B28)', async () => {
  const { api } = slipway;
  const { database } = await api.succeeded('POST', '/v1/databases', input('watched'));
  const gate = newGate();
  backend.intercept = { before: (call) => (call === 'logs' ? gate.opened : undefined) };
  const held = api.send('GET', `/v1/databases/${database.id}/logs`);
  await eventually(async () => {
    expect(ofHost(await metric('slipway_host_calls_running'))).toEqual([
      `slipway_host_calls_running{host="${hostId}"} 1`,
    ]);
  });
  expect(ofHost(await metric('slipway_host_calls_max'))).toEqual([`slipway_host_calls_max{host="${hostId}"} 20`]);
  expect(ofHost(await metric('slipway_host_worker_up'))).toEqual([`slipway_host_worker_up{host="${hostId}"} 1`]);
  gate.open();
  await held;
  const breaker = async () => ofHost(await metric('slipway_host_breaker_state')).filter((line) => line.endsWith(' 1'));
  expect(await breaker()).toEqual([`slipway_host_breaker_state{host="${hostId}",state="closed"} 1`]);
});

test('a host whose worker is away does not fail the metrics', async () => {
  const { store, database } = slipway;
  const id = 'lost-host';
  const lost = { id, address: '10.0.0.9', portFrom: 20_000, portTo: 20_009, addressPool: '10.213.0.0/16' };
  await store.hosts.register({ ...lost, agentUrl: 'https://127.0.0.1:1' });
  try {
    expect(await metric('slipway_host_worker_up')).toContain(`slipway_host_worker_up{host="${id}"} 0`);
    expect((await metric('slipway_host_breaker_state')).join('\n')).not.toContain(id);
  } finally {
    await query(database.url, 'DELETE FROM hosts WHERE id = $1', [id]);
  }
});

test('requests are counted by their route and never by their path, and operations when they are accepted', async () => {
  const { api } = slipway;
  await api.succeeded('POST', '/v1/databases', input('measured'));
  await api.send('GET', '/v1/databases/aaaaaaaaaaaa');
  await api.raw('/v1/nothing/here');
  const counts = await metric('slipway_http_request_duration_seconds_count');
  expect(counts.join('\n')).toMatch(/method="GET",route="\/v1\/databases\/:id",status="404"} [1-9]/);
  expect(counts.join('\n')).toMatch(/method="GET",route="none",status="401"} [1-9]/);
  expect(counts.join('\n')).not.toContain('aaaaaaaaaaaa');
  expect((await metric('slipway_operations_accepted_total')).join('\n')).toMatch(/kind="create"} [1-9]/);
  expect((await metric('slipway_operation_seconds_total')).join('\n')).toMatch(
    /kind="create",result="success"} 0?\.?\d/,
  );
});

test('the store’s connections are shown as they are: busy, idle and waited for (D09)', async () => {
  // Without a worker, only the requests of this test use the store.
  const quiet = await startSlipway({
    ports: memoryHost(createMemoryBackend()),
    worker: false,
    env: { SLIPWAY_STORE_POOL_MAX: '5', SLIPWAY_STORE_CONNECT_TIMEOUT_MS: '60000' },
  });
  const locker = new Client({ connectionString: quiet.database.url });
  await locker.connect();
  const read = () => quiet.api.send('GET', '/v1/events');
  const expectShown = (text: string, busy: number, waiting: number, lines: readonly string[]) => {
    expect(text.split('\n')).toEqual(
      expect.arrayContaining([
        `slipway_store_connections{state="busy"} ${busy}`,
        `slipway_store_connections_waited_for ${waiting}`,
        ...lines,
      ]),
    );
  };
  try {
    // A request for events holds its connection until the lock is gone; the metrics do not read events.
    await locker.query('BEGIN; LOCK TABLE events IN ACCESS EXCLUSIVE MODE');
    const held = [read(), read(), read()];
    await eventually(async () => {
      const { body } = await quiet.api.send('GET', '/metrics');
      const idle = quiet.store.pool().open - 3;
      expectShown(body, 3, 0, [`slipway_store_connections{state="idle"} ${idle}`, 'slipway_store_connections_max 5']);
    });
    // With every connection busy the API cannot answer for its metrics, so they are read where it reads them.
    held.push(read(), read(), read(), read());
    await eventually(async () => {
      const registry = new Registry();
      addPool(registry, quiet.store.pool());
      expectShown(await registry.metrics(), 5, 2, ['slipway_store_connections{state="idle"} 0']);
    });
    await locker.query('ROLLBACK');
    expect((await Promise.all(held)).map(({ status }) => status)).toEqual(held.map(() => 200));
    expectShown((await quiet.api.send('GET', '/metrics')).body, 0, 0, ['slipway_store_connections{state="idle"} 5']);
  } finally {
    await locker.end();
    await quiet.stop();
  }
});

test('the limits of the store’s connections are shown as the pool has them', async () => {
  const all = (await slipway.api.send('GET', '/metrics')).body as string;
  const lines = all.split('\n').filter((line) => line.startsWith('slipway_store_connection_limit_seconds{'));
  const { connectTimeoutMs } = slipway.store.pool().limits;
  expect(lines).toEqual([
    `slipway_store_connection_limit_seconds{limit="connect"} ${connectTimeoutMs / 1000}`,
    'slipway_store_connection_limit_seconds{limit="idle"} 10',
    'slipway_store_connection_limit_seconds{limit="lifetime"} 1800',
  ]);
});

test('statements on the store are counted by kind and outcome, and never by their text', async () => {
  const countOf = async (kind: string) => {
    const lines = await metric('slipway_store_statement_duration_seconds_count');
    return Number(
      lines
        .find((line) => line.includes(`kind="${kind}",outcome="succeeded"`))
        ?.split(' ')
        .at(-1) ?? 0,
    );
  };
  const [selects, inserts] = [await countOf('select'), await countOf('insert')];
  const { operation } = await slipway.api.succeeded('POST', '/v1/databases', input('counted-statements'));
  expect(operation.state).toBe('succeeded');
  expect(await countOf('select')).toBeGreaterThan(selects);
  expect(await countOf('insert')).toBeGreaterThan(inserts);
  const lines = await metric('slipway_store_statement_duration_seconds_bucket');
  const labels = lines.map((line) => /kind="([^"]*)",outcome="([^"]*)"/.exec(line)?.slice(1).join(' '));
  for (const label of labels) {
    expect(label).toMatch(/^(select|insert|update|delete|with|begin|commit|rollback|other) (succeeded|failed)$/);
  }
});

test('every alert says what it watches, how bad that is, and what it means', () => {
  const file = path.join(__dirname, '..', '..', '..', 'deploy', 'prometheus', 'alerts.yaml');
  const rules = parse(readFileSync(file, 'utf8')).groups.flatMap((group: any) => group.rules);
  expect(rules.length).toBeGreaterThan(5);
  for (const rule of rules) {
    const annotations = { summary: expect.any(String) };
    expect(rule).toMatchObject({ expr: expect.stringContaining('slipway_'), annotations });
    expect(['warning', 'critical']).toContain(rule.labels.severity);
  }
});

test.each(['grafana/slipway.json', 'prometheus/alerts.yaml'])('%s names only metrics that there are', async (file) => {
  const text = readFileSync(path.join(__dirname, '..', '..', '..', 'deploy', file), 'utf8');
  const named = new Set(text.match(/\bslipway_[a-z_]+/g));
  expect(named.size).toBeGreaterThan(8);
  const { body } = await slipway.api.send('GET', '/metrics');
  const shown = [...(body as string).matchAll(/^# TYPE (\S+) (\S+)/gm)].flatMap(([, name = '', type]) =>
    type === 'histogram' ? [name, `${name}_bucket`, `${name}_count`, `${name}_sum`] : [name],
  );
  expect([...named].filter((name) => !shown.includes(name))).toEqual([]);
});
