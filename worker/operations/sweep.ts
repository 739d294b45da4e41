import type { Logger } from 'pino';
import type { OperationRecord } from '../../store/databases/records';
import type { Store } from '../../store/store';
import type { CurrentRun, Runs } from '../../temporal/operation-runs';
import { reconcilerActor } from './actor';
import { type OpenRun, restartWithoutBuild } from './lost-build';

export interface SweepSettings {
  readonly store: Store;
  readonly runs: Runs;
  readonly logger: Logger;
}

/**
 * A loop's body: every call is one pass over the operations that a run should be working on. An operation whose run is
 * closed, terminated or unknown to Temporal on two passes in a row ends as `failed` (`aborted`), and a `recover`
 * operation clears what it left. Two passes, because a run closes a moment after its operation ends. If the run has
 * completed, the store has lost the operation's end, and the operation begins again. An open run whose build no live
 * worker has restarts under the current build. Recoveries and purges that are due are started.
 */
export function createSweep(settings: SweepSettings): () => Promise<void> {
  const { store, runs, logger } = settings;
  let suspects = new Set<string>();

  return async function sweepOnce(): Promise<void> {
    const newSuspects = new Set<string>();
    const alive: OpenRun[] = [];
    for (const operation of await store.operations.listClaimed()) {
      const run = await runs.current(operation.databaseId);
      if (isAlive(operation, run)) {
        alive.push({ operation, run });
        continue;
      }
      if (!suspects.has(operation.id)) {
        newSuspects.add(operation.id);
        continue;
      }
      if (hasLostItsEnd(operation, run)) {
        await beginAgain(operation);
        continue;
      }
      const reason = reasonOf(operation, run);
      const recovery = await store.operations.abort(operation, reconcilerActor, reason);
      logger.warn({ operationId: operation.id, recovery: recovery?.id, reason }, 'ended an interrupted operation');
      if (recovery !== null) await runs.start(recovery);
    }
    suspects = newSuspects;
    await restartWithoutBuild(settings, alive);
    await store.operations.adoptWaysBack();
    for (const databaseId of await store.operations.listDueRecoveries()) {
      const recovery = await store.operations.recover(databaseId, reconcilerActor);
      if (recovery !== null) await runs.start(recovery);
    }
    for (const databaseId of await store.operations.listDuePurges()) {
      const purge = await store.operations.purgeDue(databaseId, reconcilerActor);
      if (purge !== null) await runs.start(purge);
    }
  };

  async function beginAgain(operation: OperationRecord): Promise<void> {
    if (!(await store.operations.beginAgain(operation))) return;
    logger.warn({ operationId: operation.id }, 'the store has lost the end of an operation; it begins again');
    await runs.start(operation);
  }
}

/** How often an operation begins again before it counts as interrupted. */
const maxReruns = 3;

/** Whether the operation has succeeded according to its run: a failover or a restore has lost the commit. */
function hasLostItsEnd({ id, reruns }: OperationRecord, run: CurrentRun): boolean {
  return run.state === 'completed' && run.operationId === id && reruns < maxReruns;
}

/** An operation is alive while its database's open run names it. The run id does not count: a reset changes it. */
function isAlive({ id }: OperationRecord, run: CurrentRun): boolean {
  return run.state === 'open' && run.operationId === id;
}

function reasonOf({ runId }: OperationRecord, run: CurrentRun): string {
  switch (run.state) {
    case 'none':
      return `run ${runId} is unknown to Temporal`;
    case 'completed':
      return `run ${run.runId} completed, and the operation did not finish`;
    case 'closed':
      return `run ${run.runId} was terminated or failed permanently before the operation finished`;
    case 'open':
      return `run ${runId} no longer owns the database; run ${run.runId} does`;
  }
}
