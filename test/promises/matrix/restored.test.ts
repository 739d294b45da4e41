import { createMemoryBackend } from '../../../containers/memory';
import { memoryHost } from '../../../dev/memory-host';
import { volumeName } from '../../../domain/names';
import { layoutOf } from '../../../postgres/layout';
import { batchesOf, expectEach } from '../../support/batches';
import { eventually } from '../../support/eventually';
import { type Gate, newGate } from '../../support/gate';
import { expectTruth, untilAtRest } from '../../support/oracle';
import { gated, type Point } from '../../support/points';
import { type Slipway, startSlipway } from '../../support/slipway';
import { copyStore } from '../../support/store-copy';
import { type Accepted, accept, done } from '../../support/verbs';
import { recordedSteps } from './recorded';

/** An operation that is open in the backup, at a point. Afterwards it succeeds, but for a delete, which is cancelled. */
interface RestoreCase {
  readonly kind: 'create' | 'update' | 'delete';
  readonly point: Point;
}

interface Begun {
  readonly one: RestoreCase;
  readonly operation: Accepted;
  readonly reached: Gate;
  readonly released: Gate;
}

const kinds = ['create', 'update', 'delete'] as const;
const moments = ['before', 'unreported'] as const;

/** Every point but the last: after it, nothing is open. */
const everyCase = kinds.flatMap((kind) =>
  recordedSteps(kind)
    .flatMap((activity) => moments.map((moment): RestoreCase => ({ kind, point: { activity, moment } })))
    .filter(({ point: { activity, moment } }) => activity !== 'finishOperation' || moment === 'before'),
);

/** All of it by `npm run try -- matrix`; a fifth, of every kind, by `npm test`. */
const full = process.env.SLIPWAY_MATRIX === 'full';
const cases = full ? everyCase : everyCase.filter((_, index) => index % 5 === 0);

const backend = createMemoryBackend();
const begun = new Map<string, Begun>();
/** Open when every operation of the batch is known: one may come to its point before its accept is answered. */
let known = newGate();
let slipway: Slipway;
beforeAll(async () => {
  known.open();
  slipway = await startSlipway({
    ports: memoryHost(backend),
    activities: (own) => gated(own, checkpoint),
    env: { SLIPWAY_RECONCILE_INTERVAL_SECONDS: '1', SLIPWAY_RECONCILE_REPAIR: 'false' },
  });
});
afterAll(async () => {
  release();
  await slipway?.stop();
});

async function checkpoint(operationId: string, point: Point): Promise<void> {
  await known.opened;
  const held = begun.get(operationId);
  if (held?.one.point.activity !== point.activity || held.one.point.moment !== point.moment) return;
  held.reached.open();
  await held.released.opened;
}

function release(): void {
  known.open();
  for (const { released } of begun.values()) released.open();
}

/** Stores a row, in the volume of a database that serves. */
async function storeRow(databaseId: string): Promise<void> {
  const objects = await backend.list({ 'slipway.database': databaseId });
  const server = objects.find((object) => object.kind === 'container' && object.volumes.length > 0);
  const row = { name: 'row', content: databaseId, mode: 0o600 };
  await backend.putFiles(server?.name ?? '', layoutOf('17').mountPath, [row]);
}

function hasRow(databaseId: string): boolean {
  const owner = { installation: slipway.installation, tenantId: 'default', databaseId };
  return backend.filesOf(volumeName(owner, 'primary')).get('row') === databaseId;
}

/** A database with a row; null for a create, which makes one. */
async function prepared({ kind }: RestoreCase): Promise<string | null> {
  if (kind === 'create') return null;
  const { id } = await done(slipway.api, 'create', null);
  await storeRow(id);
  return id;
}

/** Accepts the operations of a batch, each held at its point; resolves when all of them have come there. */
async function begin(batch: readonly RestoreCase[]): Promise<Begun[]> {
  const databaseIds = await Promise.all(batch.map(prepared));
  known = newGate();
  for (const [index, one] of batch.entries()) {
    const operation = await accept(slipway.api, one.kind, databaseIds[index] ?? null);
    begun.set(operation.id, { one, operation, reached: newGate(), released: newGate() });
  }
  known.open();
  const all = [...begun.values()];
  await Promise.all(all.map(({ reached }) => reached.opened));
  return all;
}

/** Ends what the backup has as open; every database that exists afterwards has a row. */
async function finish({ one: { kind }, operation: { id, databaseId } }: Begun): Promise<void> {
  const { state } = await eventually(() => slipway.api.finished(id));
  if (kind !== 'delete') expect(state).toBe('succeeded');
  if (kind === 'create') await storeRow(databaseId);
}

async function restored(): Promise<void> {
  const { api, store } = slipway;
  await eventually(() => store.ping());
  await store.installation.restored('disk lost', { actor: 'ada' });
  await slipway.startWorker();
  await eventually(async () => {
    const { body } = await api.send('GET', '/v1/installation');
    expect(body).toMatchObject({ comparison: { hostsNotCompared: [] } });
  });
  expect(await api.send('POST', '/v1/installation/release', { recover: true })).toMatchObject({ status: 200 });
}

async function expectRow({ one, operation }: Begun, isDeleted: boolean): Promise<void> {
  const { id, databaseId } = operation;
  await eventually(async () => {
    const { body } = await slipway.api.send('GET', `/v1/operations/${id}`);
    expect(body).toMatchObject({ state: 'failed', error: { code: 'store_restored' } });
  });
  const { instances } = await eventually(async () => {
    const { body } = await slipway.api.send('GET', `/v1/databases/${databaseId}`);
    // What the backup does not know where to find stays failed, and a delete is for a person to decide.
    const isUndecided = one.kind === 'delete' || body.instances.length === 0;
    expect(['failed', ...(isUndecided ? ['available'] : [])].includes(body.state)).toBe(isUndecided);
    if (!isUndecided) expect(body.state).toBe('available');
    return body;
  });
  if (one.kind !== 'delete' && instances.length > 0) {
    await untilAtRest(slipway, databaseId);
    expect(await expectTruth(slipway, databaseId, null)).toBe('available');
  }
  expect({ hasRow: hasRow(databaseId) }).toEqual({ hasRow: !isDeleted });
}

function labelOf({ kind, point: { activity, moment } }: RestoreCase): string {
  return `${kind}: ${moment} ${activity}`;
}

/** One backup is enough for all cases of a batch. */
const batches = batchesOf(cases, { size: 16, alike: () => '', labelOf });

test.each(batches)(
  'the rows outlive a restore of the store, from a backup made at $labels (M15)',
  async ({ batch }) => {
    const all = await begin(batch);
    const copy = await copyStore(slipway.database);
    try {
      // From the point where a delete destroys data, it cannot be cancelled.
      const cancels = await Promise.all(
        all.map(async ({ one, operation }) => {
          if (one.kind !== 'delete') return null;
          return eventually(async () => {
            const { status } = await slipway.api.send('POST', `/v1/operations/${operation.id}/cancel`);
            expect([202, 409]).toContain(status);
            return status;
          });
        }),
      );
      release();
      await Promise.all(all.map(finish));
      await slipway.stopWorker();
      await copy.restore();
      await restored();
      await expectEach(
        all,
        ({ one }) => labelOf(one),
        (held, index) => expectRow(held, cancels[index] === 409),
      );
    } finally {
      release();
      begun.clear();
      await copy.drop();
    }
  },
);
