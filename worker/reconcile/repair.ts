import type { Logger } from 'pino';
import type { Backend } from '../../containers/backend';
import { readLogTail } from '../../containers/log-tail';
import { containerName } from '../../domain/names';
import type { OperationRecord } from '../../store/databases/records';
import type { Store } from '../../store/store';
import type { Runs } from '../../temporal/operation-runs';
import { reconcilerActor } from '../operations/actor';
import type { Comparison } from './compare';

export interface RepairSettings {
  readonly store: Store;
  readonly runs: Runs;
  readonly backend: Backend;
  readonly logger: Logger;
}

/**
 * Starts an operation that repairs a drift, or gives up on a database that keeps drifting.
 *
 * @returns whether an operation was started
 */
export type Repair = (
  comparison: Pick<Comparison, 'database' | 'owner' | 'drift' | 'endedWithEngine' | 'isVital'>,
  signal: AbortSignal,
) => Promise<boolean>;

export function createRepair({ store, runs, backend, logger }: RepairSettings): Repair {
  async function start(operation: OperationRecord, reasons: readonly string[]): Promise<void> {
    const { id: operationId, databaseId } = operation;
    logger.warn({ databaseId, operationId, reasons }, 'database has drifted; repairing it');
    try {
      await runs.start(operation);
    } catch (error) {
      logger.warn({ err: error, operationId }, 'could not start a repair; the relay will retry');
    }
  }

  return async function repair({ database, owner, drift, endedWithEngine, isVital }, signal) {
    const reasons = drift ?? [];
    const input = endedWithEngine ? ({ reasons, cause: 'engine_restart' } as const) : { reasons };
    const accepted = await store.operations.repair(database, input, reconcilerActor);
    if (accepted === null) return false;
    if (accepted !== 'exhausted') {
      await start(accepted, reasons);
      return true;
    }
    if (!isVital) {
      // A database works without its sidecars: it stays degraded, and they are retried later.
      logger.warn({ databaseId: database.id, reasons }, 'sidecar keeps failing; pausing its repairs');
      return false;
    }
    const names = database.instances.map(({ name }) => containerName(owner, name));
    const logTails = await Promise.all(names.map((name) => readLogTail(backend, name, { signal })));
    const failed = await store.operations.giveUpRepairs(
      database,
      reasons,
      reconcilerActor,
      logTails.map(({ text }) => text).join('\n'),
    );
    if (failed === null) return false;
    const { id: operationId, error } = failed;
    logger.error(
      { databaseId: database.id, operationId, problem: error },
      'database keeps failing after repairs; giving up',
    );
    return false;
  };
}
