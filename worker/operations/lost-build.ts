import type { Logger } from 'pino';
import type { OperationRecord } from '../../store/databases/records';
import type { Store } from '../../store/store';
import type { CurrentRun, Runs } from '../../temporal/operation-runs';

interface Settings {
  readonly store: Pick<Store, 'workers'>;
  readonly runs: Pick<Runs, 'restart'>;
  readonly logger: Logger;
}

/** An operation, and its open run. */
export interface OpenRun {
  readonly operation: OperationRecord;
  readonly run: CurrentRun;
}

/**
 * Restarts operations under the current build whose open run has one that no live worker has. The steps that are done
 * are found done, and a cancel is sent to the new run by the relay. While no worker of any build is live, as after an
 * outage of the store, nothing is known, and nothing done.
 */
export async function restartWithoutBuild(
  { store, runs, logger }: Settings,
  openRuns: readonly OpenRun[],
): Promise<void> {
  if (openRuns.length === 0) return;
  // Read after the runs: a run that has begun since may have a newer build.
  const builds = await store.workers.liveBuilds();
  if (builds.length === 0) return;
  for (const { operation, run } of openRuns) {
    if (run.state !== 'open' || run.build === null || builds.includes(run.build)) continue;
    const reason = `no live worker has its build ${run.build}: restarted under ${builds[0]}`;
    logger.warn({ operationId: operation.id, runId: run.runId, build: run.build }, reason);
    await runs.restart(operation, run.runId, reason);
  }
}
