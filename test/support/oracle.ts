import type { Backend, ContainerState, ObservedObject } from '../../containers/backend';
import { sidecarIn } from '../../domain/names';
import { isInProgress, type LifecycleState } from '../../domain/states';
import { workflowIdOf } from '../../domain/temporal-names';
import { query } from './database';
import { eventually } from './eventually';
import { expectCounted, holdingOf } from './holdings';
import type { Slipway } from './slipway';

/** Data that a database's owner committed before any fault; it must exist as long as the database does. */
export interface Committed {
  readonly url: string;
  readonly value: string;
}

/** The states that the container of a database may have, by the state in the database's record. */
const containerStates: Partial<Record<LifecycleState, readonly ContainerState[]>> = {
  available: ['running'],
  stopped: ['exited', 'created'],
  paused: ['paused'],
};

/** Two servers on one volume would corrupt it, so no second container may mount it, even one not made by Slipway. */
async function expectOneServerPerVolume(backend: Backend, objects: readonly ObservedObject[]): Promise<void> {
  const volumes = objects.filter(({ kind }) => kind === 'volume').map(({ name }) => name);
  const everything = await backend.list({});
  const users = volumes.map((volume) => ({
    volume,
    servers: everything.filter((object) => object.kind === 'container' && object.volumes.includes(volume)).length,
  }));
  for (const { volume, servers } of users) expect({ volume, alone: servers <= 1 }).toEqual({ volume, alone: true });
}

/** The parts of a Slipway needed to compare its records with reality. */
export interface Observed extends Pick<Slipway, 'api' | 'temporal' | 'backend' | 'hasEngines'> {
  readonly database: Pick<Slipway['database'], 'url'>;
}

/** Waits until a database is at rest: every operation is finished and no run is open. */
export async function untilAtRest({ api, temporal }: Observed, databaseId: string, timeoutMs = 60_000): Promise<void> {
  await eventually(async () => {
    const { body } = await api.send('GET', `/v1/operations?databaseId=${databaseId}`);
    const [open] = body.items.filter(({ done }: { done: boolean }) => !done);
    if (open !== undefined) {
      await api.send('GET', `/v1/operations/${open.id}?wait=1s`);
      throw new Error(`not at rest: ${JSON.stringify(open)}`);
    }
    const { status } = await temporal.workflow.getHandle(workflowIdOf(databaseId)).describe();
    if (status.name === 'RUNNING') throw new Error(`the run of ${databaseId} is open`);
  }, timeoutMs);
}

/**
 * Expects the records of a database at rest to match reality: record and host agree, nothing is left without a record,
 * committed data exists, no volume has two servers, and quotas and hosts count the databases' holdings.
 */
export async function expectTruth(
  slipway: Observed,
  databaseId: string,
  committed: Committed | null,
): Promise<LifecycleState | 'gone'> {
  const { api, backend } = slipway;
  const { status, body } = await api.send('GET', `/v1/databases/${databaseId}`);
  const objects = await backend.list({ 'slipway.database': databaseId });
  // Sidecars are checked separately, by `expectSidecars`.
  const main = objects.filter(({ labels }) => sidecarIn(labels) === undefined);
  const kinds = main.map(({ kind }) => kind).sort();
  const operations = (await api.send('GET', `/v1/operations?databaseId=${databaseId}&pageSize=200`)).body.items;
  for (const { id, state, error } of operations) {
    expect({ id, ended: ['succeeded', 'failed', 'cancelled'].includes(state) }).toEqual({ id, ended: true });
    if (state === 'failed') expect(error.code).toEqual(expect.any(String));
  }
  await expectCounted(slipway.database.url);
  const holding = await holdingOf(slipway.database.url, databaseId);
  if (status === 404) {
    expect(holding).toBeUndefined();
    expect(objects).toEqual([]);
    const rows = await query(slipway.database.url, 'SELECT id FROM instances WHERE database_id = $1', [databaseId]);
    expect(rows).toEqual([]);
    return 'gone';
  }
  const state = body.state as LifecycleState;
  expect(isInProgress(state)).toBe(false);
  for (const instance of body.instances) expect(instance.state).toBe(state);
  await expectOneServerPerVolume(backend, objects);
  expectSidecars(body, objects, operations);
  const truth = containerStates[state];
  if (truth !== undefined) {
    expect(kinds).toEqual(['container', 'network', 'volume']);
    expect(truth).toContain(main.find((object) => object.kind === 'container')?.state);
  }
  if (state === 'available' && slipway.hasEngines) {
    const { url } = (await api.send('GET', `/v1/databases/${databaseId}/connection`)).body;
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    if (committed !== null)
      expect(await query(url, 'SELECT value FROM committed')).toEqual([{ value: committed.value }]);
  }
  if (state === 'failed') {
    expect(body.error).toMatchObject({ code: expect.any(String), message: expect.any(String) });
    // A failed create has removed its objects. A failed delete may leave objects, as it can be retried; so may a failed
    // repair, for a person to inspect.
    const isLeft = operations.some(({ kind }: { kind: string }) => kind === 'delete' || kind === 'repair');
    if (!isLeft) {
      expect(kinds).toEqual([]);
      expect(holding).toBeUndefined();
    }
  }
  // A recovery that is tried by itself has to have ended; of a repair, the tests wait for a person.
  const isWaiting =
    body.owed !== null && (state !== 'failed' || !['repair', 'crash_loop', 'delete'].includes(body.owed.cause));
  if (isWaiting) {
    throw new Error(`a recovery is still owed: ${JSON.stringify({ owed: body.owed, operations })}`);
  }
  return state;
}

/**
 * Expects an enabled sidecar of an available database to serve, or its record to have the error. If it runs but does
 * not serve, the operation that configured it has a warning. A disabled sidecar does not exist.
 */
function expectSidecars(database: any, objects: readonly ObservedObject[], operations: readonly any[]): void {
  for (const role of ['pooler', 'exporter'] as const) {
    const [seen] = objects.filter(({ labels }) => sidecarIn(labels) === role);
    if (!database[role].enabled) expect(seen).toBeUndefined();
    else if (database.state === 'available') {
      const records = database.instances.flatMap(({ sidecars }: any) => sidecars);
      const record = records.find((one: any) => one.role === role);
      const isRunning = seen?.kind === 'container' && seen.state === 'running';
      const warned = operations.some(({ warnings }) =>
        warnings.some(({ details }: any) => seen !== undefined && details?.resource === seen.name),
      );
      const serves = record?.error === null;
      expect({ role, serves, isRunning }).toEqual({ role, serves: isRunning && (serves || !warned), isRunning });
    }
  }
}
