import { query } from '../support/database';
import { eventually } from '../support/eventually';
import { expectTruth, untilAtRest } from '../support/oracle';
import { createHold, gated, type Point } from '../support/points';
import { type Slipway, startSlipway } from '../support/slipway';
import { copyStore } from '../support/store-copy';
import { accept } from '../support/verbs';

const hold = createHold();
let slipway: Slipway;
beforeAll(async () => {
  slipway = await startSlipway({ activities: (own) => gated(own, hold.checkpoint) });
});
afterAll(async () => {
  hold.release();
  await slipway?.stop();
});

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
    const reached = hold.at(point);
    const { id: operationId, databaseId } = await accept(api, 'create', null);
    await reached;
    const copy = await copyStore(database);
    try {
      hold.release();
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
      await copy.drop();
    }
  },
);
