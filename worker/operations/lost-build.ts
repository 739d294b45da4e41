import type { Logger } from 'pino';
import type { OperationRecord } from '../../store/databases/records';
import type { Store } from '../../store/store';
import type { CurrentRun, Runs } from '../../temporal/operation-runs';

interface Settings {
  readonly store: Pick<Store, 'workers'>;
  readonly runs: Pick<Runs, 'restart'>;
  readonly logger: Logger;
}

/**
 * Restarts an operation's open run under the current build if no live worker has the run's own. The steps that are done
 * are found done, and a cancel is sent to the new run by the relay. While no worker of any build is live, as after an
 * outage of the store, nothing is known, and nothing done.
 */
export async function restartWithoutBuild(
  { store, runs, logger }: Settings,
  operation: OperationRecord,
  run: CurrentRun,
): Promise<void> {
  if (run.state !== 'open' || run.build === null) return;
  const builds = await store.workers.liveBuilds();
  if (builds.length === 0 || builds.includes(run.build)) return;
  const reason = `no live worker has its build ${run.build}: restarted under ${builds[0]}`;
  logger.warn({ operationId: operation.id, runId: run.runId, build: run.build }, reason);
  await runs.restart(operation, run.runId, reason);
}
