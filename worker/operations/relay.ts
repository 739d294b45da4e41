import type { Logger } from 'pino';
import type { OperationRecord } from '../../store/databases/records';
import type { Store } from '../../store/store';
import type { Runs } from '../../temporal/operation-runs';
import { reconcilerActor } from './actor';
import { restartWithoutBuild } from './lost-build';

export interface RelaySettings {
  readonly store: Store;
  readonly runs: Runs;
  readonly logger: Logger;
  /** How long the API that accepted an operation has to start it. */
  readonly graceMs: number;
}

const batch = 20;

/**
 * One pass over requests that were accepted but did not reach Temporal, because the API died or Temporal was down:
 * starts pending operations, and resends cancels and terminates. All of them may be repeated.
 */
export async function relayOnce(settings: RelaySettings): Promise<void> {
  const { store, runs, logger, graceMs } = settings;
  const acceptedBefore = new Date((await store.now()).getTime() - graceMs);
  const cutOff: OperationRecord[] = [];
  await store.operations.relayPending(acceptedBefore, batch, async (operation) => {
    try {
      const run = await runs.current(operation.databaseId);
      if (run.state === 'closed' && run.operationId === operation.id) {
        cutOff.push(operation);
        return;
      }
      if (run.state === 'open') {
        // It has started, and no worker has picked it up yet.
        if (run.operationId === operation.id) return await restartWithoutBuild(settings, [{ operation, run }]);
        await endLeftover(operation, run.operationId);
      }
      const runId = await runs.start(operation);
      if (runId !== null) logger.info({ operationId: operation.id, runId }, 'started a pending operation');
    } catch (error) {
      logger.warn({ operationId: operation.id, err: error }, 'could not start a pending operation; will retry');
    }
  });
  // Their runs ended before they claimed the operations.
  for (const operation of cutOff) {
    await store.operations.abort(
      operation,
      reconcilerActor,
      'its run was terminated or failed permanently before it started',
    );
  }
  for (const operation of await store.operations.listCancelling(acceptedBefore)) await runs.cancel(operation);

  /** Ends a run that outlives its operation because a terminate was lost: it would keep the next one from starting. */
  async function endLeftover({ tenantId }: OperationRecord, holderId: string | null): Promise<void> {
    if (holderId === null) return;
    const holder = await store.operations.get(tenantId, holderId);
    if (holder?.endedAt && holder.endedAt < acceptedBefore)
      await runs.terminate(holder, 'its operation has already finished');
  }
}
