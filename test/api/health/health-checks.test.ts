import { createMemoryBackend } from '../../../containers/memory';
import { memoryHost } from '../../../dev/memory-host';
import type { CheckError } from '../../../domain/health/check-errors';
import { query } from '../../support/database';
import { eventually } from '../../support/eventually';
import { newGate } from '../../support/gate';
import { clientOf } from '../../support/keys';
import { type Slipway, startSlipway } from '../../support/slipway';
import { ada } from '../../support/test-store';

const backend = createMemoryBackend();
/** What engines answer, by database; all is well where nothing is said. */
const answers = new Map<string, () => Promise<CheckError | null>>();
let slipway: Slipway;
beforeAll(async () => {
  const check = async (_address: unknown, { databaseId }: { databaseId: string }) =>
    answers.get(databaseId)?.() ?? null;
  slipway = await startSlipway({
    ports: memoryHost(backend, { check }),
    env: {
      SLIPWAY_HEALTH_CHECKS: 'true',
      // Long, so that only what a test asks for is run after the first time.
      SLIPWAY_HEALTH_INTERVAL_SECONDS: '3600',
      SLIPWAY_HEALTH_FAILURES: '2',
      SLIPWAY_HEALTH_RUN_COOLDOWN_SECONDS: '30',
    },
  });
});
afterAll(async () => {
  await slipway?.stop();
});

let serial = 0;

/** A database that was checked for the first time, and its check. */
async function checked(): Promise<{ id: string; check: any }> {
  const input = { name: `checked-${++serial}`, version: '17', size: 'small' };
  const { id } = (await slipway.api.succeeded('POST', '/v1/databases', input)).database;
  const check = await eventually(async () => {
    const [item] = (await slipway.api.send('GET', `/v1/health-checks?databaseId=${id}`)).body.items;
    expect(item).toMatchObject({ lastCheckedAt: expect.any(String) });
    return item;
  });
  return { id, check };
}

const read = async (checkId: string) => (await slipway.api.send('GET', `/v1/health-checks/${checkId}`)).body;
const run = (checkId: string) => slipway.api.send('POST', `/v1/health-checks/${checkId}/run`);
const cooled = (checkId: string) =>
  query(slipway.database.url, 'UPDATE health_checks SET last_manual_run_at = NULL WHERE id = $1', [checkId]);
const refused = { code: 'connection_refused', message: 'connect ECONNREFUSED' } as const;

test('a database that was created is checked at once, and its check says what was found (E01, E11, E13)', async () => {
  const { id, check } = await checked();
  expect(check).toEqual({
    id: expect.any(String),
    databaseId: id,
    databaseName: `checked-${serial}`,
    enabled: true,
    intervalSeconds: 3600,
    timeoutSeconds: 5,
    failureThreshold: 2,
    successThreshold: 1,
    state: 'up',
    since: expect.any(String),
    successes: 1,
    failures: 0,
    lastCheckedAt: expect.any(String),
    lastLatencyMs: expect.any(Number),
    lastError: null,
    lastManualRunAt: null,
    nextCheckAt: expect.any(String),
    createdAt: expect.any(String),
    updatedAt: expect.any(String),
  });
  const { headers, body } = await slipway.api.send('GET', `/v1/health-checks/${check.id}`);
  expect(body).toEqual(check);
  expect(headers.get('etag')).toMatch(/^"/);
});

test('a run on request probes now, with the thresholds and events of the monitor (E25, E26)', async () => {
  const { id, check } = await checked();
  answers.set(id, async () => refused);
  const first = await run(check.id);
  expect(first.status).toBe(200);
  expect(first.body).toMatchObject({ state: 'up', failures: 1, successes: 0, lastError: refused });
  await cooled(check.id);
  // Its container runs, in memory: what the connection says stands.
  expect((await run(check.id)).body).toMatchObject({ state: 'down', failures: 2, lastError: refused });
  await cooled(check.id);
  answers.delete(id);
  expect((await run(check.id)).body).toMatchObject({ state: 'up', failures: 0, lastError: null });
  const { items } = (await slipway.api.send('GET', `/v1/events?databaseId=${id}`)).body;
  const types = items.map(({ type }: { type: string }) => type).filter((type: string) => type.startsWith('database.'));
  expect(types).toEqual(['database.down', 'database.recovered']);
});

test('within the cooldown of the last run on request it is 429, with whole seconds to wait (E25)', async () => {
  const { check } = await checked();
  expect((await run(check.id)).status).toBe(200);
  const again = await run(check.id);
  expect({ status: again.status, code: again.body.code }).toEqual({ status: 429, code: 'rate_limited' });
  expect(Number(again.headers.get('retry-after'))).toBeGreaterThan(20);
  expect(Number(again.headers.get('retry-after'))).toBeLessThanOrEqual(30);
  // Half a second is rounded up, and what the monitor runs by itself does not count.
  const set = "UPDATE health_checks SET last_manual_run_at = clock_timestamp() - interval '25.5 seconds' WHERE id = $1";
  await query(slipway.database.url, set, [check.id]);
  const retryAfter = Number((await run(check.id)).headers.get('retry-after'));
  const left = "SELECT extract(epoch FROM last_manual_run_at + interval '30 s' - clock_timestamp())::float8 AS seconds";
  const [row] = await query<{ seconds: number }>(slipway.database.url, `${left} FROM health_checks WHERE id = $1`, [
    check.id,
  ]);
  expect(retryAfter).toBeGreaterThanOrEqual(Math.ceil(row?.seconds ?? Number.NaN));
  expect(retryAfter).toBeLessThanOrEqual(5);
  await cooled(check.id);
  expect((await run(check.id)).status).toBe(200);
});

test('a run on request begins anew while another is under way (E26)', async () => {
  const { id, check } = await checked();
  const gate = newGate();
  let asked = 0;
  answers.set(id, async () => {
    asked += 1;
    if (asked === 1) await gate.opened;
    return asked === 1 ? refused : null;
  });
  await query(slipway.database.url, 'UPDATE health_checks SET next_at = now() WHERE id = $1', [check.id]);
  await eventually(() => expect(asked).toBe(1));
  const running = run(check.id);
  await eventually(async () => expect(await read(check.id)).toMatchObject({ lastManualRunAt: expect.any(String) }));
  gate.open();
  expect((await running).body).toMatchObject({ state: 'up', failures: 0, successes: 1 });
  expect(asked).toBe(2);
  answers.delete(id);
});

test('what is stopped or switched off is not run on request (E31)', async () => {
  const { id, check } = await checked();
  await slipway.api.succeeded('POST', `/v1/databases/${id}/stop`);
  const stopped = await run(check.id);
  expect({ status: stopped.status, ...stopped.body }).toMatchObject({ status: 409, currentState: 'stopped' });
  await slipway.api.succeeded('POST', `/v1/databases/${id}/start`);
  await slipway.api.send('PATCH', `/v1/health-checks/${check.id}`, { enabled: false });
  expect((await run(check.id)).body).toMatchObject({ code: 'state_conflict' });
});

test('settings are changed one by one, under the ETag that was read (E14)', async () => {
  const { check } = await checked();
  const { headers } = await slipway.api.send('GET', `/v1/health-checks/${check.id}`);
  const etag = headers.get('etag') ?? '';
  // What runs find makes no other version of the settings.
  await run(check.id);
  const patch = { intervalSeconds: 15, timeoutSeconds: 3, failureThreshold: 4, successThreshold: 2 };
  const path = `/v1/health-checks/${check.id}`;
  const changed = await slipway.api.send('PATCH', path, patch, { 'if-match': etag });
  expect({ status: changed.status, body: changed.body }).toMatchObject({
    status: 200,
    body: { ...patch, enabled: true },
  });
  expect((await slipway.api.send('PATCH', path, { enabled: false }, { 'if-match': etag })).status).toBe(412);
  const next = changed.headers.get('etag') ?? '';
  const off = await slipway.api.send('PATCH', path, { enabled: false }, { 'if-match': next });
  expect(off.body).toMatchObject({ ...patch, enabled: false, state: 'unknown', since: null, nextCheckAt: null });
  const { body } = await slipway.api.send('GET', `/v1/audit?resourceId=${check.id}&outcome=succeeded`);
  const actions = body.items.map(({ action }: { action: string }) => action);
  expect(actions).toEqual(['health_check.update', 'health_check.update', 'health_check.run']);
});

test.each<[object, string]>([
  [{ intervalSeconds: 0 }, 'intervalSeconds'],
  [{ intervalSeconds: 1.5 }, 'intervalSeconds'],
  [{ intervalSeconds: '60' }, 'intervalSeconds'],
  [{ intervalSeconds: 86_401 }, 'intervalSeconds'],
  [{ timeoutSeconds: 0 }, 'timeoutSeconds'],
  [{ timeoutSeconds: 61 }, 'timeoutSeconds'],
  [{ failureThreshold: 0 }, 'failureThreshold'],
  [{ successThreshold: 101 }, 'successThreshold'],
  [{ enabled: 'yes' }, 'enabled'],
  [{ intervalSeconds: 5 }, 'intervalSeconds'],
  [{ intervalSeconds: 10, timeoutSeconds: 10 }, 'timeoutSeconds'],
])('%p is refused, and names %s (E14)', async (patch, field) => {
  const { check } = await checked();
  const { status, body } = await slipway.api.send('PATCH', `/v1/health-checks/${check.id}`, patch);
  expect({ status, code: body.code }).toEqual({ status: 400, code: 'invalid_request' });
  expect(body.errors).toMatchObject([{ field }]);
});

test('results are listed newest first, page by page, with what took how long', async () => {
  const { id, check } = await checked();
  for (const answer of [refused, null, refused]) {
    answers.set(id, async () => answer);
    await cooled(check.id);
    await run(check.id);
  }
  const path = `/v1/health-checks/${check.id}/results`;
  const { items } = (await slipway.api.send('GET', path)).body;
  expect(items).toHaveLength(4);
  expect(items.map(({ healthy }: { healthy: boolean }) => healthy)).toEqual([false, true, false, true]);
  expect(items[0]).toEqual({
    checkedAt: expect.any(String),
    healthy: false,
    latencyMs: expect.any(Number),
    error: refused,
  });
  const first = (await slipway.api.send('GET', `${path}?pageSize=3`)).body;
  const second = (await slipway.api.send('GET', `${path}?pageSize=3&pageToken=${first.nextPageToken}`)).body;
  expect([...first.items, ...second.items]).toEqual(items);
  expect(second.nextPageToken).toBeNull();
  answers.delete(id);
});

test('the summary counts what is switched on, and lists what is down (E29)', async () => {
  const { id, check } = await checked();
  const summary = async () => (await slipway.api.send('GET', '/v1/health')).body;
  const before = await summary();
  expect(before.databasesDown).toEqual([]);
  answers.set(id, async () => refused);
  for (let times = 0; times < 2; times += 1) {
    await cooled(check.id);
    await run(check.id);
  }
  const down = await read(check.id);
  const [instance] = (await slipway.api.send('GET', `/v1/databases/${id}`)).body.instances;
  expect(await summary()).toEqual({
    ...before,
    up: before.up - 1,
    down: 1,
    databasesDown: [
      {
        checkId: check.id,
        databaseId: id,
        name: check.databaseName,
        engine: { name: 'postgresql', version: '17' },
        address: instance.address,
        lastCheckedAt: down.lastCheckedAt,
        lastError: refused,
        since: down.since,
      },
    ],
  });
  expect((await slipway.api.send('GET', '/v1/health-checks?state=down')).body.items).toEqual([down]);
  await slipway.api.send('PATCH', `/v1/health-checks/${check.id}`, { enabled: false });
  expect(await summary()).toMatchObject({ enabled: before.enabled - 1, down: 0, databasesDown: [] });
  answers.delete(id);
});

test('what is paused is neither up nor down, and counts from zero when it is resumed (B04, E31)', async () => {
  const { id, check } = await checked();
  answers.set(id, async () => refused);
  await run(check.id);
  await slipway.api.succeeded('POST', `/v1/databases/${id}/pause`);
  expect(await read(check.id)).toMatchObject({ state: 'unknown', since: null });
  await slipway.api.succeeded('POST', `/v1/databases/${id}/resume`);
  await cooled(check.id);
  expect((await run(check.id)).body).toMatchObject({ state: 'up', failures: 1 });
  answers.delete(id);
});

test('a check that nobody has carried out for twice its interval says nothing any more (C11)', async () => {
  const { check } = await checked();
  const set = "UPDATE health_checks SET last_checked_at = now() - interval '7201 seconds' WHERE id = $1";
  await query(slipway.database.url, set, [check.id]);
  expect(await read(check.id)).toMatchObject({ state: 'unknown', since: null });
});

test('checks are counted from the store when they are scraped, and so is how late they are (A29)', async () => {
  const { check } = await checked();
  const metrics = async () => (await slipway.api.send('GET', '/metrics')).body as string;
  const { up, down, unknown } = (await slipway.api.send('GET', '/v1/health')).body;
  const lines = Object.entries({ unknown, up, down }).map(
    ([state, count]) => `slipway_health_checks{state="${state}"} ${count}`,
  );
  expect((await metrics()).split('\n')).toEqual(expect.arrayContaining(lines));
  expect(await metrics()).toContain('slipway_health_check_lateness_seconds 0\n');
  await slipway.stopWorker();
  try {
    const late = "UPDATE health_checks SET next_at = now() - interval '90 seconds' WHERE id = $1";
    await query(slipway.database.url, late, [check.id]);
    const [, seconds] = /^slipway_health_check_lateness_seconds (\S+)$/m.exec(await metrics()) ?? [];
    expect(Number(seconds)).toBeGreaterThan(89);
  } finally {
    await slipway.startWorker();
  }
});

test('another tenant’s checks are not there (A03)', async () => {
  const { check } = await checked();
  const stranger = await slipway.store.tenants.create('stranger', ada);
  const client = await clientOf(slipway, { role: 'admin', tenantId: stranger.id });
  expect((await client.send('GET', `/v1/health-checks/${check.id}`)).status).toBe(404);
  expect((await client.send('PATCH', `/v1/health-checks/${check.id}`, { enabled: false })).status).toBe(404);
  expect((await client.send('POST', `/v1/health-checks/${check.id}/run`)).status).toBe(404);
  expect((await client.send('GET', `/v1/health-checks/${check.id}/results`)).status).toBe(404);
  expect((await client.send('GET', '/v1/health')).body).toMatchObject({ enabled: 0, databasesDown: [] });
});
