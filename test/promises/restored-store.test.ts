import { query } from '../support/database';
import { eventually } from '../support/eventually';
import { type Gate, newGate } from '../support/gate';
import { expectTruth, untilAtRest } from '../support/oracle';
import { gated, type Point } from '../support/points';
import { type Slipway, startSlipway } from '../support/slipway';
import { copyStore } from '../support/store-copy';
import { accept } from '../support/verbs';

/** The point at which an operation is held, and the moments of its arrival and release. */
let hold: { readonly point: Point; readonly reached: Gate; readonly released: Gate } | null = null;
let slipway: Slipway;
beforeAll(async () => {
  slipway = await startSlipway({ activities: (own) => gated(own, checkpoint) });
});
afterAll(async () => {
  hold?.released.open();
  await slipway?.stop();
});

async function checkpoint(_operationId: string, { activity, moment }: Point): Promise<void> {
  if (hold?.point.activity !== activity || hold.point.moment !== moment) return;
  hold.reached.open();
  await hold.released.opened;
}

test.each<Point>([
  // The store knows nothing of the engine, nor of its password.
  { activity: 'ensureServer', moment: 'before' },
  { activity: 'ensureLogins', moment: 'before' },
  { activity: 'markUsed', moment: 'unreported' },
  // The store has lost one transaction: the end of the operation.
  { activity: 'finishOperation', moment: 'before' },
])(
  'a store that was dumped in the middle of a create, $moment $activity, and is restored later destroys no row, and the create succeeds again (M14, M55)',
  async (point) => {
    const { api, database } = slipway;
    hold = { point, reached: newGate(), released: newGate() };
    const { id: operationId, databaseId } = await accept(api, 'create', null);
    await hold.reached.opened;
    const copy = await copyStore(database);
    try {
      hold.released.open();
      // The first requests may meet connections that were ended for the copy.
      await eventually(async () => expect(await api.finished(operationId)).toMatchObject({ state: 'succeeded' }));
      const url = async () => (await api.send('GET', `/v1/databases/${databaseId}/connection`)).body.url;
      await query(await url(), 'CREATE TABLE kept AS SELECT 7 AS seven');

      await slipway.stopWorker();
      await copy.restore();
      await eventually(async () => {
        expect((await api.send('GET', `/v1/operations/${operationId}`)).body).toMatchObject({ state: 'running' });
      });
      await slipway.startWorker();

      await eventually(async () => {
        expect((await api.send('GET', `/v1/operations/${operationId}`)).body).toMatchObject({
          state: 'succeeded',
          error: null,
        });
      });
      await untilAtRest(slipway, databaseId);
      expect(await expectTruth(slipway, databaseId, null)).toBe('available');
      expect(await query(await url(), 'SELECT seven FROM kept')).toEqual([{ seven: 7 }]);
    } finally {
      hold = null;
      await copy.drop();
    }
  },
);
