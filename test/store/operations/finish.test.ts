import type { Plan } from '../../../domain/planning/steps';
import type { Finish } from '../../../store/operations/finish';
import type { Accepted } from '../../../store/operations/insert';
import {
  accepted,
  acceptedCreate,
  acceptedDelete,
  aims,
  available,
  begun,
  claimed,
  creating,
  destroyingPlan,
  openTestStore,
  placementOf,
  requestOf,
  smallPlan,
  type TestStore,
} from '../../support/test-store';

let bench: TestStore;
let store: TestStore['store'];
beforeAll(async () => {
  bench = await openTestStore();
  store = bench.store;
});
afterAll(async () => {
  await bench?.close();
});

const problem = { code: 'not_ready', message: 'the engine did not answer' } as const;

/** The three ends, with what each needs. */
const succeeded = { outcome: 'succeeded', wayBack: 'not_taken', error: null } as const;
const failed = { outcome: 'failed', wayBack: 'done', error: problem } as const;
const cancelled = {
  outcome: 'cancelled',
  wayBack: 'done',
  error: { code: 'cancelled', message: 'cancelled by ada' },
} as const;

function finish(operationId: string, ending: Omit<Finish, 'operationId'>): Promise<void> {
  return store.operations.finish({ operationId, ...ending });
}

async function isOwed(databaseId: string): Promise<boolean> {
  return (await bench.rows('SELECT 1 FROM owed WHERE database_id = $1', [databaseId])).length > 0;
}

/** Makes the recovery of a database due. */
async function letTimePass(databaseId: string): Promise<void> {
  await bench.rows('UPDATE owed SET next_try_at = now() WHERE database_id = $1', [databaseId]);
}

/** A create that has begun a step. */
async function creatingForReal(): Promise<Accepted> {
  const { operation, database } = await creating(store);
  return { operation: await begun(store, operation), database };
}

/** A delete at work on an available database with a secret and an observed status. */
async function deleting(): Promise<Accepted> {
  const { database } = await available(store);
  const { id } = database;
  await store.secrets.ensure('default', id, 'owner', () => 'secret');
  await bench.rows(`INSERT INTO observed_statuses VALUES ($1, 'default', 'healthy', 10, now())`, [`${id}-primary`]);
  const operation = await claimed(store, await acceptedDelete(store, id));
  await store.operations.markInstances(operation, 'deleting', [placementOf(id)]);
  return { operation, database };
}

/** How many rows each table has of a database. */
async function rowsOf(databaseId: string): Promise<Record<string, number>> {
  const [row] = await bench.rows<Record<string, number>>(
    `SELECT (SELECT count(*)::int FROM databases WHERE id = $1) AS databases,
       (SELECT count(*)::int FROM instances WHERE database_id = $1) AS instances,
       (SELECT count(*)::int FROM observed_statuses WHERE instance_id LIKE $1 || '-%') AS statuses,
       (SELECT count(*)::int FROM secrets WHERE database_id = $1) AS secrets,
       (SELECT count(*)::int FROM operations WHERE database_id = $1) AS operations,
       (SELECT count(*)::int FROM events WHERE database_id = $1) AS events,
       (SELECT count(*)::int FROM audit_entries WHERE resource_id = $1) AS audit`,
    [databaseId],
  );
  return row ?? {};
}

async function journalOf(operationId: string): Promise<string[]> {
  const rows = await bench.rows<{ word: string }>(
    'SELECT type AS word FROM events WHERE operation_id = $1 ORDER BY sequence',
    [operationId],
  );
  const audit = await bench.rows<{ word: string }>(
    'SELECT outcome AS word FROM audit_entries WHERE operation_id = $1 ORDER BY id',
    [operationId],
  );
  return [...rows, ...audit].map(({ word }) => word);
}

describe('success', () => {
  test('C05 of a create: database and instances are available, with the time of first readiness', async () => {
    const { operation, database } = await creating(store);
    await finish(operation.id, succeeded);
    const record = await store.databases.get('default', database.id);
    expect(record).toMatchObject({
      state: 'available',
      error: null,
      instances: [{ state: 'available', error: null, initializedAt: expect.any(Date) }],
    });
    expect(record?.instances[0]?.initializedAt).toEqual(record?.updatedAt);
    expect(await store.operations.get('default', operation.id)).toMatchObject({
      state: 'succeeded',
      error: null,
      endedAt: record?.updatedAt,
    });
  });

  test('C04, C10 of a delete: database, instances, statuses and secrets go; operations, events and audit stay', async () => {
    const { operation, database } = await deleting();
    expect(await rowsOf(database.id)).toMatchObject({ databases: 1, instances: 1, statuses: 1, secrets: 1 });
    await finish(operation.id, succeeded);
    expect(await rowsOf(database.id)).toEqual({
      databases: 0,
      instances: 0,
      statuses: 0,
      secrets: 0,
      operations: 2,
      events: 4,
      audit: 4,
    });
    expect(await store.databases.get('default', database.id)).toBeNull();
    expect(await store.databases.find(database.id)).toBeNull();
  });

  test('C10, D04, A28 of a delete whose audit entry cannot be written: nothing has gone, and it can be said again', async () => {
    const { operation, database } = await deleting();
    const before = await rowsOf(database.id);
    await bench.withoutAudit(async () => {
      await expect(finish(operation.id, succeeded)).rejects.toThrow(/no room for audit entries/);
    });
    expect(await rowsOf(database.id)).toEqual(before);
    expect(await store.operations.get('default', operation.id)).toMatchObject({ state: 'running', endedAt: null });
    await finish(operation.id, succeeded);
    expect(await rowsOf(database.id)).toMatchObject({ databases: 0, secrets: 0 });
  });

  test('A27 writes an event and an audit entry with actor, id and name', async () => {
    const { operation, database } = await deleting();
    await finish(operation.id, succeeded);
    expect(await journalOf(operation.id)).toEqual([
      'operation.accepted',
      'operation.succeeded',
      'accepted',
      'succeeded',
    ]);
    const audit = await bench.rows(
      `SELECT actor, action, resource_id, resource_name, tenant_id FROM audit_entries
       WHERE operation_id = $1 AND outcome = 'succeeded'`,
      [operation.id],
    );
    expect(audit).toEqual([
      {
        actor: 'grace',
        action: 'database.delete',
        resource_id: database.id,
        resource_name: database.name,
        tenant_id: 'default',
      },
    ]);
    const events = await bench.rows(
      `SELECT data FROM events WHERE operation_id = $1 AND type = 'operation.succeeded'`,
      [operation.id],
    );
    expect(events).toMatchObject([{ data: { kind: 'delete', databaseName: database.name } }]);
  });

  test('said twice is said once', async () => {
    const { operation, database } = await creating(store);
    await finish(operation.id, succeeded);
    const before = await store.databases.get('default', database.id);
    await finish(operation.id, succeeded);
    await finish(operation.id, failed);
    expect(await store.databases.get('default', database.id)).toEqual(before);
    expect(await journalOf(operation.id)).toHaveLength(4);
    await finish('aaaaaaaaaaaa', succeeded);
  });

  test('of an operation that a newer one has overtaken leaves the records to the newer one', async () => {
    const { operation, database } = await deleting();
    await bench.rows('UPDATE databases SET generation = generation + 1 WHERE id = $1', [database.id]);
    await finish(operation.id, succeeded);
    expect(await rowsOf(database.id)).toMatchObject({ databases: 1, instances: 1, secrets: 1 });
  });
});

describe('failure', () => {
  test('C08, C05 of a create: database and every instance are failed, with the cause', async () => {
    const { operation: pending, database } = await acceptedCreate(store);
    const operation = await claimed(store, pending);
    const placements = ['a', 'b'].map((name) => placementOf(database.id, 'host-a', name));
    await store.operations.markInstances(operation, 'creating', placements);
    await finish(operation.id, failed);
    const state = { state: 'failed', error: problem };
    expect(await store.databases.get('default', database.id)).toMatchObject({ ...state, instances: [state, state] });
    expect(await store.operations.get('default', operation.id)).toMatchObject(state);
  });

  test('C04 of a delete: the records stay, failed with the reason, and delete can be asked again', async () => {
    const { operation, database } = await deleting();
    await begun(store, operation);
    await finish(operation.id, { ...failed, wayBack: 'not_taken' });
    const state = { state: 'failed', error: problem };
    expect(await store.databases.get('default', database.id)).toMatchObject({ ...state, instances: [state] });
    expect(await rowsOf(database.id)).toMatchObject({ databases: 1, instances: 1, statuses: 1, secrets: 1 });
    expect(await acceptedDelete(store, database.id)).toMatchObject({ state: 'pending', formerState: 'failed' });
  });

  test('C08 a delete that was cancelled and went back leaves the former state', async () => {
    const { operation, database } = await deleting();
    await finish(operation.id, cancelled);
    expect(await store.databases.get('default', database.id)).toMatchObject({
      state: 'available',
      error: null,
      instances: [{ state: 'available', error: null, initializedAt: expect.any(Date) }],
    });
  });

  test('C15 a create that was cancelled and went back leaves no record', async () => {
    const { operation, database } = await creating(store);
    await finish(operation.id, cancelled);
    expect(await rowsOf(database.id)).toMatchObject({ databases: 0, instances: 0, operations: 1 });
  });

  test.each([
    { title: 'a create that was cancelled', ending: cancelled },
    { title: 'a create that failed', ending: failed },
  ])('$title and went back over data leaves an available database, and its holding', async ({ ending }) => {
    const { operation, database } = await creating(store);
    const { instanceId } = placementOf(database.id);
    await store.operations.adoptData(operation, [instanceId]);
    expect(await store.servers.applied(instanceId)).toEqual({ settings: null, credentials: null });
    await finish(operation.id, ending);
    expect(await store.databases.get('default', database.id)).toMatchObject({
      state: 'available',
      error: null,
      instances: [{ state: 'available', initializedAt: expect.any(Date) }],
    });
    expect(await bench.rows('SELECT 1 FROM holdings WHERE database_id = $1', [database.id])).toHaveLength(1);
  });

  test('an operation that a newer one has overtaken records no data', async () => {
    const { operation, database } = await creating(store);
    await bench.rows('UPDATE databases SET generation = generation + 1 WHERE id = $1', [database.id]);
    await store.operations.adoptData(operation, [placementOf(database.id).instanceId]);
    expect(await store.databases.get('default', database.id)).toMatchObject({ instances: [{ initializedAt: null }] });
  });

  test('C08 when the way back fails too, the database is failed and waits for another try', async () => {
    const { operation, database } = await creatingForReal();
    await finish(operation.id, { ...failed, wayBack: 'failed' });
    expect(await store.databases.get('default', database.id)).toMatchObject({ state: 'failed', error: problem });
    expect(await store.operations.recover(database.id, 'sweep')).toBeNull();
    await letTimePass(database.id);
    expect(await store.operations.listDueRecoveries()).toContain(database.id);
    const recovery = await store.operations.recover(database.id, 'sweep');
    expect(recovery).toMatchObject({ kind: 'recover', state: 'pending', retryOf: operation.id, requestedBy: 'sweep' });
    // One is enough.
    expect(await store.operations.recover(database.id, 'sweep')).toBeNull();
  });

  test('C08 what waits for its way back still does after a change of the record alone, and a retry that is cancelled', async () => {
    const { operation, database } = await creatingForReal();
    await finish(operation.id, { ...failed, wayBack: 'failed' });
    const { id: databaseId } = database;
    const describe = { kind: 'describe', databaseId, input: { description: 'left over' }, retryOf: null } as const;
    const described = await claimed(store, (await accepted(store.operations.change(requestOf(), describe))).operation);
    await finish(described.id, succeeded);
    const retry = { kind: 'create', databaseId, input: operation.input, retryOf: operation.id } as const;
    const retried = await accepted(store.operations.change(requestOf(), retry));
    await store.operations.cancel('default', retried.operation.id, 'ada');
    expect(await store.databases.get('default', databaseId)).toMatchObject({
      state: 'failed',
      error: problem,
      description: 'left over',
    });
    await letTimePass(databaseId);
    expect(await store.operations.listDueRecoveries()).toContain(databaseId);
    expect(await store.operations.recover(databaseId, 'sweep')).toMatchObject({ input: { kind: 'create' } });
  });

  test.each([
    { word: 'failed', ending: failed },
    { word: 'cancelled', ending: cancelled },
  ])('A27 $word writes no success event', async ({ word, ending }) => {
    const { operation } = await creating(store);
    await finish(operation.id, ending);
    expect(await journalOf(operation.id)).toEqual(['operation.accepted', `operation.${word}`, 'accepted', word]);
  });

  test('A28, D04 whose event cannot be written changes no state', async () => {
    const { operation, database } = await creating(store);
    await bench.withoutAudit(async () => {
      await expect(finish(operation.id, failed)).rejects.toThrow(/no room for audit entries/);
    });
    expect(await store.databases.get('default', database.id)).toMatchObject({ state: 'creating', error: null });
    expect(await journalOf(operation.id)).toEqual(['operation.accepted', 'accepted']);
  });
});

test('an operation that has begun nothing has nothing to undo, however it ends (M26)', async () => {
  const { database } = await available(store);
  const removal = await claimed(store, await acceptedDelete(store, database.id));
  await finish(removal.id, { ...failed, wayBack: 'not_taken' });
  const change = { kind: 'restart', databaseId: database.id, input: {}, retryOf: null } as const;
  const { operation } = await accepted(store.operations.change(requestOf(), change));
  await claimed(store, operation);
  await finish(operation.id, { ...failed, wayBack: 'failed' });
  const again = await accepted(store.operations.change(requestOf(), change));
  const lost = await claimed(store, again.operation);
  expect(await store.operations.abort(lost, 'sweep', 'its run was lost')).toBeNull();
  expect(await store.databases.get('default', database.id)).toMatchObject({
    state: 'available',
    owed: null,
    instances: [{ state: 'available' }],
  });
});

describe('abort', () => {
  test('ends the operation as aborted and accepts a recovery, which takes the next generation', async () => {
    const { operation, database } = await creatingForReal();
    const recovery = await store.operations.abort(operation, 'sweep', 'its run was terminated');
    expect(await store.operations.get('default', operation.id)).toMatchObject({
      state: 'failed',
      error: { code: 'aborted', message: 'its run was terminated' },
    });
    expect(recovery).toMatchObject({
      kind: 'recover',
      state: 'pending',
      databaseId: database.id,
      generation: 2,
      requestedBy: 'sweep',
      retryOf: operation.id,
      input: { operationId: operation.id, kind: 'create' },
    });
    const entries = ['operation.accepted', 'operation.failed', 'accepted', 'accepted', 'failed'];
    expect(await journalOf(operation.id)).toEqual(entries);
    expect(await journalOf(recovery?.id ?? '')).toEqual(['operation.accepted', 'accepted']);
    // Said again, there is nothing left to abort.
    expect(await store.operations.abort(operation, 'sweep', 'again')).toBeNull();
  });

  test('C08 the recovery leaves the database failed with the reason of what it cleared up', async () => {
    const { operation, database } = await creatingForReal();
    const recovery = await store.operations.abort(operation, 'sweep', 'its run was terminated');
    if (recovery === null) throw new Error('no recovery');
    await claimed(store, recovery);
    await finish(recovery.id, succeeded);
    const state = { state: 'failed', error: { code: 'aborted', message: 'its run was terminated' } };
    expect(await store.databases.get('default', database.id)).toMatchObject({ ...state, instances: [state] });
    expect(await isOwed(database.id)).toBe(false);
  });

  test.each([{ when: 'pending' }, { when: 'running' }])(
    'of a recovery that is $when leaves the database failed, and another try comes, not at once',
    async ({ when }) => {
      const { operation, database } = await creatingForReal();
      const recovery = await store.operations.abort(operation, 'sweep', 'gone');
      if (recovery === null) throw new Error('no recovery');
      if (when === 'running') await claimed(store, recovery);
      expect(await store.operations.abort(recovery, 'ada', 'aborted by ada')).toBeNull();
      const rest = { state: 'failed', error: { code: 'aborted' }, instances: [{ state: 'failed' }] };
      expect(await store.databases.get('default', database.id)).toMatchObject(rest);
      expect(await isOwed(database.id)).toBe(true);
      expect(await store.operations.listDueRecoveries()).not.toContain(database.id);
      await letTimePass(database.id);
      expect(await store.operations.listDueRecoveries()).toContain(database.id);
      const second = await store.operations.recover(database.id, 'sweep');
      expect(second).toMatchObject({ kind: 'recover', generation: 3, input: recovery.input, retryOf: operation.id });
    },
  );

  test('ends the steps that nobody will end', async () => {
    const { operation } = await creatingForReal();
    await store.operations.abort(operation, 'sweep', 'gone');
    expect(await store.steps.list('default', operation.id)).toMatchObject([
      { state: 'failed', endedAt: expect.any(Date), error: { code: 'aborted' } },
      { state: 'pending' },
    ]);
  });

  test('D04 leaves no trace when the recovery’s audit entry cannot be written', async () => {
    const { operation, database } = await creatingForReal();
    await bench.withoutAudit(async () => {
      await expect(store.operations.abort(operation, 'sweep', 'gone')).rejects.toThrow(/no room/);
    });
    expect(await store.operations.get('default', operation.id)).toMatchObject({ state: 'running' });
    expect(await store.databases.get('default', database.id)).toMatchObject({ generation: 1 });
  });

  test('of a pending operation ends it in the store alone', async () => {
    const { operation, database } = await acceptedCreate(store);
    expect(await store.operations.abort(operation, 'ada', 'aborted by ada')).toBeNull();
    const ended = { state: 'failed', error: { code: 'aborted', message: 'aborted by ada' } };
    expect(await store.operations.get('default', operation.id)).toMatchObject(ended);
    expect(await store.databases.get('default', database.id)).toMatchObject(ended);
  });

  test('of a pending delete leaves the database as it was', async () => {
    const { database } = await available(store);
    const operation = await acceptedDelete(store, database.id);
    expect(await store.operations.abort(operation, 'ada', 'aborted by ada')).toBeNull();
    expect(await store.databases.get('default', database.id)).toMatchObject({ state: 'available', error: null });
  });

  test('of one that ends at the same time: one of both stands', async () => {
    const { operation, database } = await creatingForReal();
    await Promise.all([finish(operation.id, succeeded), store.operations.abort(operation, 'sweep', 'gone')]);
    const { state } = (await store.operations.get('default', operation.id)) ?? {};
    const { items } = await store.operations.list(
      'default',
      { databaseId: database.id },
      { pageSize: 9, pageToken: null },
    );
    expect({ state, operations: items.length }).toEqual(
      state === 'succeeded' ? { state, operations: 1 } : { state: 'failed', operations: 2 },
    );
    expect(await journalOf(operation.id)).toHaveLength(state === 'succeeded' ? 4 : 5);
  });
});

describe('cancel', () => {
  test('of a pending create ends it at once, and the database is gone', async () => {
    const { operation, database } = await acceptedCreate(store);
    const answer = await store.operations.cancel('default', operation.id, 'ada');
    expect(answer).toMatchObject({ state: 'cancelled', error: { code: 'cancelled' }, endedAt: expect.any(Date) });
    expect(answer.cancelRequestedAt).toEqual(answer.endedAt);
    expect(await rowsOf(database.id)).toMatchObject({ databases: 0, operations: 1 });
    expect(await store.operations.claim(operation.id, 'run-1', null)).toBe(false);
  });

  test('of a pending delete leaves the database as it was', async () => {
    const { database } = await available(store);
    const operation = await acceptedDelete(store, database.id);
    await store.operations.cancel('default', operation.id, 'ada');
    expect(await store.databases.get('default', database.id)).toMatchObject({ state: 'available', error: null });
    expect(await acceptedDelete(store, database.id)).toMatchObject({ state: 'pending' });
  });

  test('of a running one shows cancelling, and asked again is the same', async () => {
    const { operation } = await creating(store);
    const first = await store.operations.cancel('default', operation.id, 'ada');
    expect(first).toMatchObject({ state: 'cancelling', endedAt: null, cancelRequestedAt: expect.any(Date) });
    expect(await store.operations.cancel('default', operation.id, 'ada')).toEqual(first);
  });

  test('of a delete that is destroying data is refused: there is no way back', async () => {
    const { operation } = await deleting();
    const planNumber = await store.operations.recordPlan(operation, [...smallPlan, ...destroyingPlan], aims.requested);
    // As long as nothing is destroyed, it may.
    await store.steps.start({ operationId: operation.id, planNumber, ordinal: 1 }, 1);
    await store.steps.start({ operationId: operation.id, planNumber, ordinal: 3 }, 1);
    await expect(store.operations.cancel('default', operation.id, 'ada')).rejects.toMatchObject({
      code: 'not_cancellable',
      details: { step: 'removeVolume', resource: 'vol' },
    });
    expect(await store.operations.get('default', operation.id)).toMatchObject({ state: 'running' });
  });

  test('of a create that has begun to mark its volume is refused, as the database is complete', async () => {
    const { operation } = await creating(store);
    const mark: Plan = [[{ do: 'markUsed', hostId: 'host-a', with: { name: 'server', version: '17' } }]];
    const planNumber = await store.operations.recordPlan(operation, mark, aims.requested);
    await store.steps.start({ operationId: operation.id, planNumber, ordinal: 1 }, 1);
    await expect(store.operations.cancel('default', operation.id, 'ada')).rejects.toMatchObject({
      code: 'not_cancellable',
      message: expect.stringContaining('the database is complete'),
      details: { step: 'markUsed', resource: 'server' },
    });
  });

  test('of a delete before it destroys data is accepted', async () => {
    const { operation } = await deleting();
    const planNumber = await store.operations.recordPlan(operation, [...smallPlan, ...destroyingPlan], aims.requested);
    await store.steps.start({ operationId: operation.id, planNumber, ordinal: 1 }, 1);
    expect(await store.operations.cancel('default', operation.id, 'ada')).toMatchObject({ state: 'cancelling' });
  });

  test('of a finished one is refused with its state', async () => {
    const { operation } = await available(store);
    await expect(store.operations.cancel('default', operation.id, 'ada')).rejects.toMatchObject({
      code: 'already_finished',
      details: { currentState: 'succeeded' },
    });
  });

  test('of a recovery is refused', async () => {
    const { operation } = await creatingForReal();
    const recovery = await store.operations.abort(operation, 'sweep', 'gone');
    await expect(store.operations.cancel('default', recovery?.id ?? '', 'ada')).rejects.toMatchObject({
      code: 'not_cancellable',
    });
  });

  test('A03 of another tenant’s operation is the not_found of an unknown one', async () => {
    const { operation } = await creating(store);
    for (const id of [operation.id, 'aaaaaaaaaaaa']) {
      await expect(store.operations.cancel('other', id, 'mallory')).rejects.toMatchObject({
        code: 'not_found',
        message: `operation ${id} not found`,
        details: {},
      });
    }
    expect(await store.operations.get('default', operation.id)).toMatchObject({ state: 'running' });
  });

  test('of one that ends at the same time: one of both wins, and the other is told so', async () => {
    const { operation } = await creating(store);
    const [cancel, end] = await Promise.allSettled([
      store.operations.cancel('default', operation.id, 'ada'),
      finish(operation.id, succeeded),
    ]);
    const lost = [cancel, end].flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []));
    const { state } = (await store.operations.get('default', operation.id)) ?? {};
    expect({ state, lost }).toEqual(
      end.status === 'fulfilled'
        ? { state: 'succeeded', lost: ['already_finished'] }
        : { state: 'cancelling', lost: ['cancelled'] },
    );
  });
});

test('a create of a database that has held data cannot be retried, and its record is as it was (M25)', async () => {
  const { operation, database } = await creating(store);
  await finish(operation.id, failed);
  const first = await store.operations.load(operation.id);
  const second = await claimed(store, (await accepted(store.operations.retry(requestOf(), first))).operation);
  await store.operations.markInstances(second, 'creating', [placementOf(database.id)]);
  await finish(second.id, succeeded);
  const removal = await begun(store, await claimed(store, await acceptedDelete(store, database.id)));
  await finish(removal.id, { ...failed, wayBack: 'not_taken' });
  const before = await store.databases.get('default', database.id);
  await expect(store.operations.retry(requestOf(), first)).rejects.toMatchObject({
    code: 'not_retryable',
    details: { currentState: 'failed', allowedActions: ['start', 'describe', 'recover', 'delete'] },
  });
  expect(await store.databases.get('default', database.id)).toEqual(before);
});

test('C04 a create that failed can be tried again, and goes back to nothing', async () => {
  const { operation, database } = await creating(store);
  await finish(operation.id, failed);
  const { id: databaseId } = database;
  const retry = { kind: 'create', databaseId, input: operation.input, retryOf: operation.id } as const;
  const again = await store.operations.change(requestOf(), retry);
  expect(again.operation).toMatchObject({ generation: 2, retryOf: operation.id, formerState: 'failed' });
  expect(await isOwed(databaseId)).toBe(false);
});
