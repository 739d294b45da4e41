import { query } from '../../support/database';
import { expectTruth } from '../../support/oracle';
import { type Slipway, startSlipway } from '../../support/slipway';

const mebibyte = 1024 ** 2;
const size = { nanoCpus: 1_000_000_000, memoryBytes: 256 * mebibyte };
let slipway: Slipway;
let id: string;
beforeAll(async () => {
  slipway = await startSlipway({ env: { SLIPWAY_READINESS_TIMEOUT_SECONDS: '60' } });
  const input = { name: 'changed', version: '17', size, parameters: { work_mem: '4MB' } };
  id = (await slipway.api.succeeded('POST', '/v1/databases', input)).database.id;
});
afterAll(async () => {
  await slipway?.stop();
});

const connectionUrl = async (): Promise<string> =>
  (await slipway.api.send('GET', `/v1/databases/${id}/connection`)).body.url;

async function ask(sql: string): Promise<any> {
  const [row] = await query(await connectionUrl(), sql);
  return Object.values(row as object)[0];
}

const startedAt = async () => String(await ask('SELECT pg_postmaster_start_time()::text'));
const patch = (body: object) => slipway.api.succeeded('PATCH', `/v1/databases/${id}`, body);

test('a parameter is reloaded where that is enough, and the engine restarted where it is not', async () => {
  const before = await startedAt();
  await patch({ parameters: { work_mem: '9MB' } });
  expect(await ask('SHOW work_mem')).toBe('9MB');
  expect(await startedAt()).toBe(before);

  const dryRun = await slipway.api.send('PATCH', `/v1/databases/${id}?dryRun=true`, {
    parameters: { max_connections: 40, jit: false },
  });
  expect(dryRun.body).toMatchObject({ restart: true, settingsToRestart: ['max_connections'] });
  await patch({ parameters: { max_connections: 40 } });
  expect(await ask('SHOW max_connections')).toBe('40');
  expect(await startedAt()).not.toBe(before);
});

test('what an engine does not start with leaves the old configuration in force, with the reason', async () => {
  // Shared memory for so many connections, each with so many locks, is more than the container has.
  const parameters = { max_connections: 10_000, max_locks_per_transaction: 10_000 };
  const { body } = await slipway.api.send('PATCH', `/v1/databases/${id}`, { parameters });
  const operation = await slipway.api.finished(body.operation.id);
  expect(operation).toMatchObject({ state: 'failed', error: { code: 'container_exited' } });
  expect(operation.error.details?.logTail ?? operation.error.logTail).toEqual(expect.any(String));
  expect(await expectTruth(slipway, id, null)).toBe('available');
  expect(await ask('SHOW max_connections')).not.toBe('10000');
});

test('a rotated password replaces the old one, and sessions that are open stay', async () => {
  const old = await connectionUrl();
  await slipway.api.succeeded('POST', `/v1/databases/${id}/rotate-credentials`);
  const url = await connectionUrl();
  expect(url).not.toBe(old);
  expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await expect(query(old, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
  // The old one is nowhere any more.
  const kept = 'SELECT name FROM secrets WHERE database_id = $1 ORDER BY name';
  expect(await query(slipway.database.url, kept, [id])).toEqual([{ name: 'monitor' }, { name: 'owner.2' }]);
});

test('a resize changes processors while it runs, and memory with the settings that follow from it', async () => {
  await query(await connectionUrl(), 'CREATE TABLE kept AS SELECT 7 AS seven');
  const before = await startedAt();
  const now = (await slipway.api.send('GET', `/v1/databases/${id}`)).body.size;
  await slipway.api.succeeded('POST', `/v1/databases/${id}/resize`, { size: { ...now, nanoCpus: 1_500_000_000 } });
  expect(await startedAt()).toBe(before);
  const memoryBytes = now.memoryBytes + 128 * mebibyte;
  await slipway.api.succeeded('POST', `/v1/databases/${id}/resize`, { size: { nanoCpus: 1_500_000_000, memoryBytes } });
  expect(await ask('SHOW shared_buffers')).toBe(`${memoryBytes / mebibyte / 4}MB`);
  expect(await ask('SELECT seven FROM kept')).toBe(7);
  const [container] = (await slipway.backend.list({ 'slipway.database': id })).filter(
    ({ kind }) => kind === 'container',
  );
  expect(container).toMatchObject({ nanoCpus: 1_500_000_000, memoryBytes });
});

test('a size below what is in use is refused before anything is touched', async () => {
  await slipway.api.succeeded('POST', `/v1/databases/${id}/resize`, {
    size: { ...size, memoryBytes: 1024 * mebibyte },
  });
  // Filled buffers are memory in use; an index scan fills them, which a scan of the whole table would not.
  const url = await connectionUrl();
  await query(url, "CREATE TABLE large AS SELECT i, repeat('x', 900) AS text FROM generate_series(1, 180000) AS i");
  await query(url, 'CREATE INDEX ON large (i)');
  await query(url, 'SET enable_seqscan = off; SET enable_bitmapscan = off; SELECT count(text) FROM large WHERE i > 0');
  const before = await startedAt();
  const { body } = await slipway.api.send('POST', `/v1/databases/${id}/resize`, {
    size: { ...size, memoryBytes: 128 * mebibyte },
  });
  const operation = await slipway.api.finished(body.operation.id);
  expect(operation).toMatchObject({ state: 'failed', error: { code: 'size_in_use' } });
  expect(await startedAt()).toBe(before);
});
