import { Client } from 'pg';
import { allowedActions } from '../../../domain/operations/operations';
import {
  acceptedCreate,
  acceptedDelete,
  ada,
  available,
  creating,
  inputOf,
  openTestStore,
  requestOf,
  type TestStore,
  uniqueName,
} from '../../support/test-store';

let bench: TestStore;
let store: TestStore['store'];
beforeAll(async () => {
  // Whoever asks with many others waits for a connection for as long as it takes.
  bench = await openTestStore({ connectTimeoutMs: 20_000 });
  store = bench.store;
});
afterAll(async () => {
  await bench?.close();
});

/** Everything that accepting writes. */
async function counts(): Promise<unknown> {
  const [row] = await bench.rows(
    `SELECT (SELECT count(*)::int FROM databases) AS databases, (SELECT count(*)::int FROM operations) AS operations,
       (SELECT count(*)::int FROM events) AS events, (SELECT count(*)::int FROM audit_entries) AS audit,
       (SELECT sum(generation)::int FROM databases) AS generations`,
  );
  return row;
}

const removal = (databaseId: string) => ({ kind: 'delete', databaseId, input: {}, retryOf: null }) as const;

describe('a create', () => {
  test('is recorded with its database, event and audit entry, all with one clock reading (D04, C12)', async () => {
    const name = uniqueName();
    const input = inputOf({ name, labels: { team: 'sea' }, description: 'ships' });
    const { operation, database } = await store.operations.create(requestOf(), input);
    expect(operation).toMatchObject({
      kind: 'create',
      state: 'pending',
      databaseId: database.id,
      databaseName: name,
      generation: 1,
      requestedBy: 'ada',
      requestId: 'request-1',
      formerState: null,
      endedAt: null,
    });
    expect(database).toMatchObject({ name, state: 'creating', generation: 1, labels: { team: 'sea' }, instances: [] });
    expect(await store.databases.get('default', database.id)).toEqual(database);
    const at = database.createdAt;
    expect(operation.createdAt).toEqual(at);
    expect(await bench.rows('SELECT type, at FROM events WHERE operation_id = $1', [operation.id])).toEqual([
      { type: 'operation.accepted', at },
    ]);
    const audit = await bench.rows('SELECT * FROM audit_entries WHERE operation_id = $1', [operation.id]);
    expect(audit).toEqual([
      expect.objectContaining({
        actor: 'ada',
        action: 'database.create',
        resource_kind: 'database',
        resource_id: database.id,
        resource_name: name,
        outcome: 'accepted',
        request_id: 'request-1',
        at,
      }),
    ]);
  });

  test('D04, A28 leaves no trace of its first write when its last fails, and can be asked for again', async () => {
    const before = await counts();
    const input = inputOf();
    await bench.withoutAudit(async () => {
      await expect(store.operations.create(requestOf(), input)).rejects.toThrow(/no room for audit entries/);
    });
    expect(await counts()).toEqual(before);
    expect((await store.operations.create(requestOf(), input)).operation.state).toBe('pending');
  });

  test('D10 with a name that is in use is a conflict that names the other', async () => {
    const { database } = await acceptedCreate(store);
    await expect(acceptedCreate(store, { name: database.name })).rejects.toMatchObject({
      code: 'name_in_use',
      details: { databaseId: database.id },
    });
  });

  test('D10, A03 with a name that another tenant uses is accepted', async () => {
    const { database } = await acceptedCreate(store);
    const { id: tenantId } = await store.tenants.create(uniqueName(), ada);
    const other = await store.operations.create(requestOf({ tenantId }), inputOf({ name: database.name }));
    expect(other.database.id).not.toBe(database.id);
  });

  test('D10 100 at once with one name: one is accepted, the others name it', async () => {
    const name = uniqueName();
    const outcomes = await Promise.allSettled(Array.from({ length: 100 }, () => acceptedCreate(store, { name })));
    const accepted = outcomes.filter((outcome) => outcome.status === 'fulfilled');
    expect(accepted).toHaveLength(1);
    const databaseId = accepted[0]?.value.database.id;
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') continue;
      expect(outcome.reason).toMatchObject({ code: 'name_in_use', details: { databaseId } });
    }
    expect(await bench.rows('SELECT id FROM databases WHERE name = $1', [name])).toEqual([{ id: databaseId }]);
    expect(await bench.rows('SELECT count(*)::int AS n FROM operations WHERE database_name = $1', [name])).toEqual([
      { n: 1 },
    ]);
  });
});

describe('a change', () => {
  test('takes a new generation and remembers the former state and specification', async () => {
    const { database } = await available(store);
    const { operation, database: changed } = await store.operations.change(requestOf(), removal(database.id));
    expect(operation).toMatchObject({ kind: 'delete', generation: 2, formerState: 'available', state: 'pending' });
    expect(changed.generation).toBe(2);
    expect(await store.databases.get('default', database.id)).toMatchObject({
      generation: 2,
      state: 'available',
    });
  });

  test('D04, A28 leaves no trace of its first write when its last fails', async () => {
    const { database } = await available(store);
    const [before, record] = [await counts(), await store.databases.get('default', database.id)];
    await bench.withoutAudit(async () => {
      await expect(store.operations.change(requestOf(), removal(database.id))).rejects.toThrow(/no room/);
    });
    expect(await counts()).toEqual(before);
    expect(await store.databases.get('default', database.id)).toEqual(record);
  });

  test('A10 two at once: one is accepted, the other is told which', async () => {
    const { database } = await available(store);
    const outcomes = await Promise.allSettled([acceptedDelete(store, database.id), acceptedDelete(store, database.id)]);
    const [accepted] = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    const [refused] = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
    expect(refused).toMatchObject({ code: 'operation_in_progress', details: { operationId: accepted?.id } });
    // The one that was refused took no generation.
    expect(await store.databases.get('default', database.id)).toMatchObject({ generation: 2 });
  });

  test('A10 20 at once: one is accepted', async () => {
    const { database } = await available(store);
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => acceptedDelete(store, database.id)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const codes = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []));
    expect(new Set(codes)).toEqual(new Set(['operation_in_progress']));
  });

  test('A10, C07 is refused while the create is at work, and named', async () => {
    const { operation, database } = await creating(store);
    await expect(acceptedDelete(store, database.id)).rejects.toMatchObject({
      code: 'operation_in_progress',
      details: { operationId: operation.id, currentState: 'creating', allowedActions: [] },
    });
  });

  test('that waited for the one before it to end came after it', async () => {
    const { database } = await available(store);
    const other = new Client({ connectionString: bench.database.url });
    await other.connect();
    try {
      await other.query('BEGIN');
      await other.query('SELECT 1 FROM databases WHERE id = $1 FOR UPDATE', [database.id]);
      const accepted = acceptedDelete(store, database.id);
      await bench.untilWaiting(1);
      const ended = new Date();
      await other.query('COMMIT');
      expect((await accepted).createdAt.getTime()).toBeGreaterThanOrEqual(ended.getTime());
    } finally {
      await other.end();
    }
  });

  test('of a state that does not allow it is a conflict that says what does', async () => {
    const { database } = await available(store);
    const again = { kind: 'create', databaseId: database.id, input: {}, retryOf: 'an-operation' } as const;
    await expect(store.operations.change(requestOf(), again)).rejects.toMatchObject({
      code: 'state_conflict',
      details: {
        currentState: 'available',
        allowedActions: allowedActions({ state: 'available', hasData: true, isOwed: false }),
      },
    });
  });

  test.each([
    { title: 'an unknown id', tenantId: 'default', known: false },
    { title: 'another tenant’s', tenantId: 'other', known: true },
  ])('A03 of $title is the same not_found', async ({ tenantId, known }) => {
    const { database } = await available(store);
    const id = known ? database.id : 'aaaaaaaaaaaa';
    const attempt = store.operations.change(requestOf({ tenantId }), removal(id));
    await expect(attempt).rejects.toMatchObject({
      code: 'not_found',
      message: `database ${id} not found`,
      details: {},
    });
  });

  test('A03 of another tenant’s database that is at work does not show it', async () => {
    const { database } = await creating(store);
    const attempt = store.operations.change(requestOf({ tenantId: 'other' }), removal(database.id));
    await expect(attempt).rejects.toMatchObject({ code: 'not_found', details: {} });
  });
});

test('A03 another tenant reads nothing: neither database nor operation nor a place in a list', async () => {
  const { operation, database } = await available(store);
  expect(await store.databases.get('other-2', database.id)).toBeNull();
  expect(await store.operations.get('other-2', operation.id)).toBeNull();
  const page = { pageSize: 50, pageToken: null };
  expect((await store.databases.list('other-2', {}, page)).items).toEqual([]);
  expect((await store.operations.list('other-2', { databaseId: database.id }, page)).items).toEqual([]);
  expect((await store.operations.list('default', { databaseId: database.id }, page)).items).toHaveLength(1);
});

test('D10 every time is kept with its zone', async () => {
  const columns = await bench.rows(
    `SELECT table_name, column_name FROM information_schema.columns
     WHERE table_schema = 'public' AND data_type = 'timestamp without time zone'`,
  );
  expect(columns).toEqual([]);
});
