import type { Logger } from 'pino';
import type { Backend } from '../../containers/backend';
import { readLogTail } from '../../containers/log-tail';
import { containerName } from '../../domain/names';
import type { OperationRecord } from '../../store/databases/records';
import type { Store } from '../../store/store';
import type { Runs } from '../../temporal/operation-runs';
import { reconcilerActor } from '../operations/actor';
import type { Look } from './look';

export interface RepairSettings {
  readonly store: Store;
  readonly runs: Runs;
  readonly backend: Backend;
  readonly logger: Logger;
}

/** Puts a drift right, by an operation; or gives up on a database that drifts again and again. */
export type Repair = (
  look: Pick<Look, 'database' | 'owner' | 'drift' | 'isVital'>,
  signal: AbortSignal,
) => Promise<void>;

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

  return async function repair({ database, owner, drift, isVital }, signal) {
    const reasons = drift ?? [];
    const accepted = await store.repairs.accept(database, reasons, reconcilerActor);
    if (accepted === null) return;
    if (accepted !== 'exhausted') return start(accepted, reasons);
    if (!isVital) {
      // A database works without its sidecars: it stays degraded, and they are tried again when it is time.
      logger.warn({ databaseId: database.id, reasons }, 'sidecar keeps failing; pausing its repairs');
      return;
    }
    const names = database.instances.map(({ name }) => containerName(owner, name));
    const logTails = await Promise.all(names.map((name) => readLogTail(backend, name, { signal })));
    const failed = await store.repairs.giveUp(
      database,
      reasons,
      reconcilerActor,
      logTails.map(({ text }) => text).join('\n'),
    );
    if (failed === null) return;
    const { id: operationId, error } = failed;
    logger.error(
      { databaseId: database.id, operationId, problem: error },
      'database keeps failing after repairs; giving up',
    );
  };
}
