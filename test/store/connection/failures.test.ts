import { type AddressInfo, createServer } from 'node:net';
import { Client } from 'pg';
import { keyText } from '../../../domain/access/keys';
import { createCipher } from '../../../store/connection/cipher';
import { createStore, type Store } from '../../../store/store';
import { onServer, serverUrl } from '../../support/database';
import { eventually } from '../../support/eventually';
import { proxyBefore, throughProxy } from '../../support/tcp-proxy';
import {
  acceptedCreate,
  aims,
  available,
  openTestStore,
  secretKey,
  type TestStore,
  uniqueName,
} from '../../support/test-store';

let bench: TestStore;
const stores: Store[] = [];
const clients: Client[] = [];
beforeAll(async () => {
  bench = await openTestStore();
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.end();
  for (const store of stores.splice(0)) await store.close();
});
afterAll(async () => {
  await bench?.close();
});

const unavailable = expect.objectContaining({ name: 'DatabaseError', code: 'store_unavailable' });

function open(settings: { databaseUrl?: string; poolMax?: number; connectTimeoutMs?: number } = {}): Store {
  const store = createStore(
    { databaseUrl: bench.database.url, poolMax: 2, connectTimeoutMs: 3_000, ...settings },
    createCipher(secretKey),
  );
  stores.push(store);
  return store;
}

/** Holds a lock in which whoever writes or reads databases waits. */
async function lockDatabases(): Promise<Client> {
  const client = new Client({ connectionString: bench.database.url });
  await client.connect();
  clients.push(client);
  await client.query('BEGIN; LOCK TABLE databases IN ACCESS EXCLUSIVE MODE');
  return client;
}

/** The store's own server processes, as the server names them: those that Prisma's pool has. */
const sessions = `FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`;

/** The names in a client's Parse messages (PostgreSQL 55.7): `P`, length, name, NUL, query. */
function statementNames(sent: Buffer): string[] {
  const names: string[] = [];
  // The start-up message has no type.
  let at = sent.readInt32BE(0);
  while (at < sent.length) {
    const start = at + 5;
    if (sent[at] === 'P'.charCodeAt(0)) names.push(sent.toString('latin1', start, sent.indexOf(0, start)));
    at += 1 + sent.readInt32BE(at + 1);
  }
  return names;
}

describe('D22 what the constraints refuse', () => {
  const times = { created_at: new Date(), updated_at: new Date() };
  const operation = {
    tenant_id: 'default',
    database_name: 'x',
    kind: 'create',
    input: {},
    generation: 1,
    requested_by: 'ada',
    request_id: 'r',
    created_at: new Date(),
  };

  /** Writes a row as no repository does. */
  async function insert(table: string, row: Readonly<Record<string, unknown>>): Promise<void> {
    const [columns, values] = [Object.keys(row), Object.values(row)];
    const places = columns.map((_column, index) => `$${index + 1}`);
    await bench.rows(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places.join(', ')})`, values);
  }

  test.each([
    { title: 'a database in an unknown state', table: 'databases', row: { state: 'up' }, by: 'databases_state_check' },
    {
      title: 'an instance in an unknown state',
      table: 'instances',
      row: { state: 'up' },
      by: 'instances_state_check',
    },
    { title: 'an unknown role', table: 'instances', row: { role: 'king' }, by: 'instances_role_check' },
    {
      title: 'an instance of no database',
      table: 'instances',
      row: { database_id: 'none' },
      by: 'instances_database_id_tenant_id_fkey',
    },
    { title: 'an instance on no host', table: 'instances', row: { host_id: 'none' }, by: 'instances_host_id_fkey' },
    { title: 'an unknown kind', table: 'operations', row: { kind: 'explode' }, by: 'operations_kind_check' },
    { title: 'an unknown state', table: 'operations', row: { state: 'done' }, by: 'operations_state_check' },
    {
      title: 'a finished operation without its time',
      table: 'operations',
      row: { state: 'succeeded' },
      by: 'operations_ended_check',
    },
    {
      title: 'an open operation with the time of its end',
      table: 'operations',
      row: { ended_at: new Date() },
      by: 'operations_ended_check',
    },
    {
      title: 'a failed operation without a reason',
      table: 'operations',
      row: { state: 'failed', ended_at: new Date() },
      by: 'operations_error_check',
    },
    { title: 'ports the wrong way round', table: 'hosts', row: { port_from: 3000 }, by: 'hosts_ports_check' },
    { title: 'a second installation', table: 'installations', row: { id: 'other' }, by: 'installations_pkey' },
    { title: 'an installation beside it', table: 'installations', row: { singleton: false }, by: 'singleton_check' },
  ])('$title ($by)', async ({ table, row, by }) => {
    const { database } = await available(bench.store);
    const id = uniqueName();
    const whole: Readonly<Record<string, object>> = {
      databases: { id, tenant_id: 'default', name: id, spec: {}, state: 'creating', ...times },
      instances: {
        id,
        database_id: database.id,
        tenant_id: 'default',
        host_id: bench.host.id,
        name: 'second',
        role: 'standby',
        state: 'creating',
        host_port: 19_999,
        ...times,
      },
      operations: { id, database_id: id, state: 'pending', ...operation },
      hosts: { id, address: '127.0.0.1', port_from: 2000, port_to: 2999, address_pool: '', agent_url: '' },
      installations: { id },
    };
    await expect(insert(table, { ...whole[table], ...row })).rejects.toMatchObject({
      constraint: expect.stringContaining(by),
    });
  });

  test('a second open operation on a database, and any number of finished ones', async () => {
    const { database } = await available(bench.store);
    const open = { ...operation, database_id: database.id, kind: 'delete', state: 'pending' };
    await insert('operations', { ...open, id: uniqueName() });
    for (const state of ['pending', 'running', 'cancelling']) {
      await expect(insert('operations', { ...open, id: uniqueName(), state })).rejects.toMatchObject({
        constraint: 'operations_open_key',
      });
    }
    const ended = { ...open, state: 'cancelled', ended_at: new Date() };
    for (const id of [uniqueName(), uniqueName()]) await insert('operations', { ...ended, id });
  });
});

describe('D22 lost connections', () => {
  test('one that is ended while a statement waits is store_unavailable, and the next one works', async () => {
    const store = open();
    const locker = await lockDatabases();
    const attempt = store.databases.get('default', 'x');
    const refused = expect(attempt).rejects.toEqual(unavailable);
    await bench.untilWaiting(1);
    await bench.rows(`SELECT pg_terminate_backend(pid) ${sessions} AND wait_event_type = 'Lock'`);
    await refused;
    await locker.query('ROLLBACK');
    expect(await store.databases.get('default', 'x')).toBeNull();
  });

  test('D04 one that is ended in the middle of a transaction is store_unavailable, and nothing is left of it', async () => {
    const store = open();
    const { database } = await available(bench.store);
    const locker = new Client({ connectionString: bench.database.url });
    await locker.connect();
    clients.push(locker);
    // The audit entry is the last of the writes.
    await locker.query('BEGIN; LOCK TABLE audit_entries IN ACCESS EXCLUSIVE MODE');
    const name = uniqueName();
    const refused = expect(acceptedCreate(store, { name })).rejects.toEqual(unavailable);
    await bench.untilWaiting(1);
    await bench.rows(`SELECT pg_terminate_backend(pid) ${sessions} AND wait_event_type = 'Lock'`);
    await refused;
    await locker.query('ROLLBACK');
    expect(await bench.rows('SELECT 1 FROM databases WHERE name = $1', [name])).toEqual([]);
    expect((await acceptedCreate(store, { name })).operation.state).toBe('pending');
    expect(await store.databases.get('default', database.id)).toMatchObject({ state: 'available' });
  });

  test('all that are idle being ended does not end the process, and the store works again', async () => {
    const store = open({ poolMax: 4 });
    await Promise.all(Array.from({ length: 8 }, () => store.ping()));
    await bench.rows(`SELECT pg_terminate_backend(pid) ${sessions}`);
    await eventually(async () => {
      await Promise.all(Array.from({ length: 8 }, () => store.ping()));
      // Those of the file's own store were ended, too.
      await Promise.all(Array.from({ length: 10 }, () => bench.store.ping()));
    }, 5_000);
  });

  test('every call while the way is cut is store_unavailable; once it is mended the same store works', async () => {
    const proxy = await proxyBefore(bench.database.url);
    const store = open({ databaseUrl: throughProxy(bench.database.url, proxy), connectTimeoutMs: 1_000 });
    const { operation, database } = await available(store);
    proxy.cut();
    const { id } = database;
    const page = { pageSize: 5, pageToken: null };
    const host = { ...bench.host, id: 'host-b' };
    const calls: Readonly<Record<string, () => Promise<unknown>>> = {
      ping: () => store.ping(),
      now: () => store.now(),
      'databases.get': () => store.databases.get('default', id),
      'databases.list': () => store.databases.list('default', {}, page),
      'operations.get': () => store.operations.get('default', operation.id),
      'operations.list': () => store.operations.list('default', {}, page),
      'steps.list': () => store.steps.list('default', operation.id),
      'operations.finishedAmong': () => store.operations.finishedAmong([operation.id]),
      'operations.listClaimed': () => store.operations.listClaimed(),
      'operations.listCancelling': () => store.operations.listCancelling(new Date()),
      'operations.listDueRecoveries': () => store.operations.listDueRecoveries(),
      'operations.recover': () => store.operations.recover(id, 'sweep'),
      'operations.adoptWaysBack': () => store.operations.adoptWaysBack(),
      'operations.beginAgain': () => store.operations.beginAgain({ id: operation.id, reruns: 0 }),
      'operations.relayPending': () => store.operations.relayPending(new Date(), 5, async () => undefined),
      'operations.create': () => acceptedCreate(store),
      'operations.change': () =>
        store.operations.change(
          { tenantId: 'default', requestedBy: 'ada', requestId: 'r' },
          { kind: 'delete', databaseId: id, input: {}, retryOf: null },
        ),
      'operations.retry': () =>
        store.operations.retry({ tenantId: 'default', requestedBy: 'ada', requestId: 'r' }, operation),
      'operations.load': () => store.operations.load(operation.id),
      'operations.claim': () => store.operations.claim(operation.id, 'run-1', null),
      'operations.markInstances': () => store.operations.markInstances(operation, 'creating', []),
      'operations.recordPlan': () => store.operations.recordPlan(operation, [], aims.requested),
      'steps.start': () => store.steps.start({ operationId: operation.id, planNumber: 1, ordinal: 1 }, 1),
      'operations.finish': () =>
        store.operations.finish({
          operationId: operation.id,
          outcome: 'succeeded',
          wayBack: 'not_taken',
          error: null,
        }),
      'operations.abort': () => store.operations.abort(operation, 'sweep', 'gone'),
      'operations.cancel': () => store.operations.cancel('default', operation.id, 'ada'),
      'requests.claim': () => store.requests.claim('default', 'a-key', 'one'),
      'requests.prune': () => store.requests.prune(),
      'events.head': () => store.events.head(),
      'installation.read': () => store.installation.read(),
      'hosts.register': () => store.hosts.register(host),
      'placements.place': () => store.placements.place(id),
      'quotas.get': () => store.quotas.get('default'),
      'secrets.ensure': () => store.secrets.ensure('default', id, 'owner', () => 'secret'),
      'secrets.read': () => store.secrets.read(id, 'owner'),
      'secrets.readFor': () => store.secrets.readFor('default', id, 'owner'),
      'keys.present': () => store.keys.present(keyText('aaaaaaaaaaaa', new Uint8Array(32)), 'default'),
      'keys.noteUse': () => store.keys.noteUse('aaaaaaaaaaaa'),
      'keys.list': () => store.keys.list('default', page),
      'tenants.list': () => store.tenants.list(page),
    };
    const codes: Record<string, string> = {};
    for (const [name, call] of Object.entries(calls)) {
      codes[name] = await call().then(
        () => 'no error',
        (error: { code?: string; message: string }) => error.code ?? error.message,
      );
    }
    expect(codes).toEqual(Object.fromEntries(Object.keys(calls).map((name) => [name, 'store_unavailable'])));
    proxy.mend();
    expect(await store.databases.get('default', id)).toMatchObject({ id, state: 'available' });
    await proxy.close();
  });
});

describe('D22 a server that cannot be had', () => {
  test('that refuses connections is store_unavailable at once', async () => {
    const store = open({ databaseUrl: 'postgresql://postgres@127.0.0.1:1/nothing_test' });
    await expect(store.ping()).rejects.toEqual(unavailable);
    await expect(acceptedCreate(store)).rejects.toEqual(unavailable);
  });

  test('that takes connections and says nothing is store_unavailable after the configured time', async () => {
    const silent = createServer((socket) => socket.on('error', () => undefined).resume());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const store = open({
      databaseUrl: `postgresql://postgres@127.0.0.1:${port}/nothing_test`,
      connectTimeoutMs: 300,
    });
    const began = performance.now();
    await expect(store.ping()).rejects.toEqual(unavailable);
    await expect(acceptedCreate(store)).rejects.toEqual(unavailable);
    expect(performance.now() - began).toBeLessThan(5_000);
    silent.close();
  });

  test('that has no connection left is store_unavailable', async () => {
    const name = `slipway_${uniqueName().replace('-', '_')}_test`;
    await onServer(serverUrl(), `CREATE DATABASE ${name} CONNECTION LIMIT 0`);
    const role = `${name}_role`;
    await onServer(serverUrl(), `CREATE ROLE ${role} LOGIN PASSWORD 'x'`);
    try {
      const url = new URL(serverUrl());
      Object.assign(url, { pathname: `/${name}`, username: role, password: 'x' });
      // 53300, too_many_connections: the database's own limit, which superusers do not have.
      await expect(open({ databaseUrl: url.href }).ping()).rejects.toEqual(unavailable);
    } finally {
      await onServer(serverUrl(), `DROP DATABASE ${name} WITH (FORCE)`);
      await onServer(serverUrl(), `DROP ROLE ${role}`);
    }
  });
});

describe('the pool', () => {
  test('D22 without a free connection is store_unavailable after the configured time, and works again after', async () => {
    const store = open({ poolMax: 2, connectTimeoutMs: 2_000 });
    const locker = await lockDatabases();
    const waiting = [store.databases.get('default', 'x'), store.databases.get('default', 'y')];
    await bench.untilWaiting(2);
    await expect(store.ping()).rejects.toEqual(unavailable);
    await expect(acceptedCreate(store)).rejects.toEqual(unavailable);
    await locker.query('ROLLBACK');
    expect(await Promise.all(waiting)).toEqual([null, null]);
    await store.ping();
    expect((await acceptedCreate(store)).operation.state).toBe('pending');
  });

  test.each([2, 5])('D08 has at most %i connections, however much is asked at once', async (poolMax) => {
    const store = open({ poolMax, connectTimeoutMs: 20_000 });
    const mine = `SELECT pid ${sessions}`;
    const before = await bench.rows<{ pid: number }>(mine);
    const locker = await lockDatabases();
    const asked = Array.from({ length: 40 }, () => store.databases.get('default', 'x'));
    await bench.untilWaiting(poolMax);
    const known = new Set(before.map(({ pid }) => pid));
    // One more is the locker's own. A test's own connection may be gone a moment after it was ended.
    await eventually(async () => {
      const now = await bench.rows<{ pid: number }>(mine);
      expect(now.filter(({ pid }) => !known.has(pid))).toHaveLength(poolMax + 1);
    });
    await locker.query('ROLLBACK');
    expect(new Set(await Promise.all(asked))).toEqual(new Set([null]));
  });

  test('D08 names no statement, so that a transaction pooler such as PgBouncer may stand before it', async () => {
    const chunks: Buffer[] = [];
    const proxy = await proxyBefore(bench.database.url, { onSent: (chunk) => chunks.push(chunk) });
    // One connection, so that what was sent is one stream.
    const store = open({ databaseUrl: throughProxy(bench.database.url, proxy), poolMax: 1 });
    for (let times = 0; times < 3; times++) await available(store);
    const names = statementNames(Buffer.concat(chunks));
    expect(names.length).toBeGreaterThan(20);
    expect(new Set(names)).toEqual(new Set(['']));
    await proxy.close();
  });

  test('is empty once the store is closed', async () => {
    const before = await bench.rows(`SELECT pid ${sessions}`);
    const store = open({ poolMax: 4 });
    await Promise.all(Array.from({ length: 8 }, () => store.ping()));
    await store.close();
    await eventually(async () => {
      expect((await bench.rows(`SELECT pid ${sessions}`)).length).toBeLessThanOrEqual(before.length);
    });
  });
});
