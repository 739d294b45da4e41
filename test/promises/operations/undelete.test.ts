import { createMemoryBackend } from '../../../containers/memory';
import { memoryHost } from '../../../dev/memory-host';
import { DatabaseError } from '../../../domain/errors';
import { installationLabels } from '../../../domain/names';
import { query } from '../../support/database';
import { eventually } from '../../support/eventually';
import { type Slipway, startSlipway } from '../../support/slipway';
import { done, newDatabase } from '../../support/verbs';

const backend = createMemoryBackend();
let slipway: Slipway;
beforeAll(async () => {
  const env = { SLIPWAY_UNDELETE_SECONDS: '86400', SLIPWAY_SWEEP_INTERVAL_MS: '100' };
  slipway = await startSlipway({ ports: memoryHost(backend), env });
});
afterAll(async () => {
  await slipway?.stop();
});
afterEach(() => {
  backend.intercept = {};
});

const rows = <Row extends object>(sql: string, values: unknown[] = []) => query<Row>(slipway.database.url, sql, values);

/** The names of a database's objects of a kind on the host. */
async function objectsOf(databaseId: string, kind: 'container' | 'volume'): Promise<string[]> {
  const objects = await backend.list(installationLabels(slipway.installation));
  return objects.filter((one) => one.kind === kind && one.name.includes(databaseId)).map(({ name }) => name);
}

const connectionOf = async (id: string) => (await slipway.api.send('GET', `/v1/databases/${id}/connection`)).body;

/** A database with a row in its volume, and how to connect to it. */
async function withRow() {
  const { id, name } = await done(slipway.api, 'create', null);
  const [volume = ''] = await objectsOf(id, 'volume');
  const [container = ''] = await objectsOf(id, 'container');
  await backend.putFiles(container, '/var/lib/postgresql/data', [{ name: 'row', mode: 0o600, content: 'kept' }]);
  return { id, name, volume, connection: await connectionOf(id) };
}

const deleted = (id: string) => slipway.api.succeeded('DELETE', `/v1/databases/${id}`);

const listed = async (id: string) =>
  (await slipway.api.send('GET', '/v1/deleted-databases')).body.items.find((one: { id: string }) => one.id === id);

const letTimePass = (id: string) => rows("UPDATE databases SET purge_at = now() - interval '1 s' WHERE id = $1", [id]);

test('a deleted database is brought back with its id, rows, password and port (M20)', async () => {
  const { api } = slipway;
  const { id, name, volume, connection } = await withRow();
  await deleted(id);
  expect(await objectsOf(id, 'container')).toEqual([]);
  expect(await objectsOf(id, 'volume')).toEqual([volume]);
  expect((await api.send('GET', `/v1/databases/${id}`)).status).toBe(404);
  expect(await listed(id)).toMatchObject({ id, name, error: null });
  const { database } = await api.succeeded('POST', `/v1/databases/${id}/undelete`);
  expect(database).toMatchObject({ id, name });
  expect((await api.send('GET', `/v1/databases/${id}`)).body).toMatchObject({ id, name, state: 'available' });
  expect([...backend.filesOf(volume)].find(([file]) => file.endsWith('row'))?.[1]).toBe('kept');
  expect(await connectionOf(id)).toEqual(connection);
  expect(await listed(id)).toBeUndefined();
});

test('its name and its port may be taken meanwhile: with another name it is brought back, on another port (M20)', async () => {
  const { api } = slipway;
  const { id, name, connection } = await withRow();
  await deleted(id);
  const { database: other } = await api.succeeded('POST', '/v1/databases', { ...newDatabase(), name });
  await rows('UPDATE instances SET host_port = $1 WHERE database_id = $2', [connection.port, other.id]);
  const refused = await api.send('POST', `/v1/databases/${id}/undelete`);
  expect(refused).toMatchObject({ status: 409, body: { code: 'name_in_use', databaseId: other.id } });
  await api.succeeded('POST', `/v1/databases/${id}/undelete`, { name: `${name}-again` });
  expect((await api.send('GET', `/v1/databases/${id}`)).body).toMatchObject({
    name: `${name}-again`,
    state: 'available',
  });
  const { port, password } = await connectionOf(id);
  expect(password).toBe(connection.password);
  expect(port).not.toBe(connection.port);
});

test('an undelete that fails leaves the database deleted, with its data and the time that it had (M20)', async () => {
  const { api } = slipway;
  const { id, volume } = await withRow();
  await deleted(id);
  backend.intercept = {
    before: (call) => {
      if (call === 'startContainer') throw new DatabaseError('invalid_container', 'made to fail');
    },
  };
  const { body } = await api.send('POST', `/v1/databases/${id}/undelete`);
  expect(await api.finished(body.operation.id)).toMatchObject({
    state: 'failed',
    error: { code: 'invalid_container' },
  });
  expect(await objectsOf(id, 'container')).toEqual([]);
  expect(await objectsOf(id, 'volume')).toEqual([volume]);
  const { deletedAt, purgeAt, error } = await listed(id);
  expect(error).toMatchObject({ code: 'invalid_container' });
  expect(Date.parse(purgeAt) - Date.parse(deletedAt)).toBe(86_400_000);
  backend.intercept = {};
  await api.succeeded('POST', `/v1/operations/${body.operation.id}/retry`);
  expect((await api.send('GET', `/v1/databases/${id}`)).body.state).toBe('available');
});

/** Waits until nothing of a database is left. */
const untilGone = (id: string) =>
  eventually(async () => {
    expect(await objectsOf(id, 'volume')).toEqual([]);
    expect(await rows('SELECT 1 FROM secrets WHERE database_id = $1', [id])).toEqual([]);
    expect(await rows('SELECT 1 FROM databases WHERE id = $1', [id])).toEqual([]);
  });

test('a deleted database is purged after its time, not before, and its volume and secrets are gone (M21)', async () => {
  const { id, volume } = await withRow();
  const { id: other, volume: otherVolume } = await withRow();
  await deleted(id);
  await deleted(other);
  await letTimePass(id);
  await untilGone(id);
  const { items } = (await slipway.api.send('GET', `/v1/operations?databaseId=${id}`)).body;
  expect(items[0]).toMatchObject({ kind: 'purge', state: 'succeeded', requestedBy: 'reconciler' });
  // The sweep that purged one has seen the other.
  expect(volume).not.toBe(otherVolume);
  expect(await objectsOf(other, 'volume')).toEqual([otherVolume]);
  expect(await listed(other)).toMatchObject({ id: other });
});

test('a purge that fails is tried again later, and one that comes due while the host is silent waits for it (M21)', async () => {
  const { id, volume } = await withRow();
  await deleted(id);
  backend.intercept = {
    before: (call) => {
      if (call === 'removeVolume') throw new DatabaseError('name_taken', 'made to fail');
    },
  };
  await letTimePass(id);
  await eventually(async () => expect(await listed(id)).toMatchObject({ error: { code: 'name_taken' } }));
  expect(Date.parse((await listed(id)).purgeAt)).toBeGreaterThan(Date.now());
  backend.intercept = {};
  await slipway.stopWorker();
  await rows("UPDATE hosts SET last_seen_at = now() - interval '1 hour'");
  await letTimePass(id);
  expect(await slipway.store.operations.listDuePurges()).toEqual([]);
  expect(await objectsOf(id, 'volume')).toEqual([volume]);
  await slipway.startWorker();
  await untilGone(id);
});

test('a delete with ?purge=true, and a purge on request, destroy the data at once (M21)', async () => {
  const { api } = slipway;
  const { id } = await withRow();
  await api.succeeded('DELETE', `/v1/databases/${id}?purge=true`);
  await untilGone(id);
  const { id: second } = await withRow();
  await deleted(second);
  await api.succeeded('DELETE', `/v1/deleted-databases/${second}`);
  await untilGone(second);
  expect((await api.send('POST', `/v1/databases/${second}/undelete`)).status).toBe(404);
});

test('a record restored from a backup, of a database that was brought back since, destroys nothing (M21)', async () => {
  const { api } = slipway;
  const { id, volume } = await withRow();
  const times = "deleted_at = now() - interval '1 day', purge_at = now()";
  await rows('DELETE FROM holdings WHERE database_id = $1', [id]);
  await rows(`UPDATE databases SET state = 'deleted', ${times} WHERE id = $1`, [id]);
  await eventually(async () => expect(await listed(id)).toMatchObject({ error: { code: 'state_conflict' } }));
  expect(await objectsOf(id, 'volume')).toEqual([volume]);
  await api.succeeded('POST', `/v1/databases/${id}/undelete`);
  expect((await api.send('GET', `/v1/databases/${id}`)).body.state).toBe('available');
});
