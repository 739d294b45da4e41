import type { OperationRecord } from '../../store/databases/records';
import { reconcilerActor } from '../../worker/operations/actor';
import type { Slipway } from './slipway';

/** Accepts the repair of a database and starts its run, as the reconciler does, but when the test chooses. */
export async function acceptRepair(
  { store, runs, environment }: Slipway,
  databaseId: string,
): Promise<OperationRecord> {
  const [database] = await store.databases.listAtRest(environment.SLIPWAY_HOST_ID ?? '', [databaseId]);
  if (database === undefined) throw new Error(`database ${databaseId} is not at rest`);
  const accepted = await store.operations.repair(database, { reasons: ['made to drift'] }, reconcilerActor);
  if (accepted === null || accepted === 'exhausted') throw new Error(`the repair of ${databaseId} was refused`);
  await runs.start(accepted);
  return accepted;
}
