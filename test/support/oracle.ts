import { workflowIdOf } from '../../databases/runs';
import { isInProgress, type LifecycleState } from '../../databases/states';
import { query } from './database';
import { eventually } from './eventually';
import type { Slipway } from './slipway';

/** What a database's owner had committed before anything went wrong; it must be there as long as the database is. */
export interface Committed {
  readonly url: string;
  readonly value: string;
}

/** Waits until nothing is at work on a database any more: every operation finished, and no open run. */
export async function untilAtRest({ api, temporal }: Slipway, databaseId: string, timeoutMs = 60_000): Promise<void> {
  await eventually(async () => {
    const { body } = await api.send('GET', `/v1/operations?databaseId=${databaseId}`);
    const open = body.items.filter(({ done }: { done: boolean }) => !done);
    if (open.length > 0) throw new Error(`not at rest: ${JSON.stringify(open)}`);
    const { status } = await temporal.workflow.getHandle(workflowIdOf(databaseId)).describe();
    if (status.name === 'RUNNING') throw new Error(`the run of ${databaseId} is open`);
  }, timeoutMs);
}

/**
 * The truth about a database at rest: records and host agree, nothing is left without a record, what was committed is
 * there, and no volume has two servers. Throws with everything that is wrong.
 */
export async function expectTruth(
  slipway: Slipway,
  databaseId: string,
  committed: Committed | null,
): Promise<LifecycleState | 'gone'> {
  const { api, backend } = slipway;
  const { status, body } = await api.send('GET', `/v1/databases/${databaseId}`);
  const objects = await backend.list({ 'slipway.database': databaseId });
  const kinds = objects.map(({ kind }) => kind).sort();
  const operations = (await api.send('GET', `/v1/operations?databaseId=${databaseId}&pageSize=200`)).body.items;
  for (const { id, state, error } of operations) {
    expect({ id, ended: ['succeeded', 'failed', 'cancelled'].includes(state) }).toEqual({ id, ended: true });
    if (state === 'failed') expect(error.code).toEqual(expect.any(String));
  }
  if (status === 404) {
    expect(kinds).toEqual([]);
    const rows = await query(slipway.database.url, 'SELECT id FROM instances WHERE database_id = $1', [databaseId]);
    expect(rows).toEqual([]);
    return 'gone';
  }
  const state = body.state as LifecycleState;
  expect(isInProgress(state)).toBe(false);
  for (const instance of body.instances) expect(instance.state).toBe(state);
  const running = objects.filter((object) => object.kind === 'container' && object.state === 'running');
  expect(objects.filter(({ kind }) => kind === 'container').length).toBeLessThanOrEqual(1);
  if (state === 'available') {
    expect(kinds).toEqual(['container', 'network', 'volume']);
    expect(running).toHaveLength(1);
    if (slipway.hasEngines) {
      const { url } = (await api.send('GET', `/v1/databases/${databaseId}/connection`)).body;
      expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      if (committed !== null)
        expect(await query(url, 'SELECT value FROM committed')).toEqual([{ value: committed.value }]);
    }
  }
  if (state === 'stopped' || state === 'paused') {
    expect(kinds).toEqual(['container', 'network', 'volume']);
    const [container] = objects.filter(({ kind }) => kind === 'container');
    const seen = container?.kind === 'container' ? container.state : 'missing';
    expect(state === 'paused' ? ['paused'] : ['exited', 'created']).toContain(seen);
  }
  if (state === 'failed') {
    expect(body.error).toMatchObject({ code: expect.any(String), message: expect.any(String) });
    // A create that failed has taken away what it made; a delete that failed is asked again.
    if (!operations.some(({ kind }: { kind: string }) => kind === 'delete')) expect(kinds).toEqual([]);
  }
  const waiting = 'SELECT 1 FROM databases WHERE id = $1 AND way_back_pending';
  if ((await query(slipway.database.url, waiting, [databaseId])).length > 0)
    throw new Error(`a way back is not finished: ${JSON.stringify(operations)}`);
  return state;
}
