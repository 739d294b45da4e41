import type { Problem } from '../../domain/errors';
import { kinds } from '../../domain/operations/kinds';
import { openOperationStates } from '../../domain/states';
import { type Author, auditChange } from '../access/audit';
import { storeTime } from '../connection/clock';
import { translated } from '../connection/errors';
import type { Executor, PrismaClient } from '../connection/executor';
import { endOperation, endSteps, lockOperation } from '../operations/end';
import { settle } from '../operations/settle';
import { type InstallationRecord, lockInstallation } from './hold';

/** How long ending every open operation may take, in milliseconds. */
const timeoutMs = 300_000;

export interface Restored {
  readonly installation: InstallationRecord;
  /** The operations that were open in the backup, and that this has ended. */
  readonly endedOperations: readonly string[];
}

/** What follows a restore of the store from a backup. */
export function createRestore(prisma: PrismaClient) {
  return {
    /**
     * Holds the store, in a new epoch: the world is newer than the records, so nothing is to happen on its own. Open
     * operations end as `failed` (`store_restored`), as do their databases, without a recovery; nothing that is owed is
     * due; the leases of processes before the restore end. On a store that is held already, only the reason changes.
     */
    async restored(reason: string, author: Author): Promise<Restored> {
      return translated('hold the restored store', () =>
        prisma.$transaction(
          async (tx) => {
            const before = await lockInstallation(tx);
            const now = await storeTime(tx);
            await tx.$executeRaw`
              UPDATE installations SET epoch = epoch + CASE WHEN held_since IS NULL THEN 1 ELSE 0 END,
                held_since = coalesce(held_since, ${now}), held_reason = ${reason}`;
            const endedOperations = await endOpenOperations(tx, reason, now);
            await forgetProcesses(tx);
            await stopRecoveries(tx);
            const installation = await lockInstallation(tx);
            await auditChange(tx, author, {
              tenantId: null,
              action: 'installation.restored',
              resource: { id: before.id, name: before.id },
              before,
              after: { ...installation, endedOperations: endedOperations.length },
            });
            return { installation, endedOperations };
          },
          { timeout: timeoutMs },
        ),
      );
    },
  };
}

/** Ends every open operation, oldest first. How it ended after the backup is unknown, and no run will end it any more. */
async function endOpenOperations(tx: Executor, reason: string, now: Date): Promise<string[]> {
  const open = await tx.operation.findMany({
    where: { state: { in: [...openOperationStates] } },
    orderBy: { createdAt: 'asc' },
    select: { id: true },
  });
  const message = `the store was restored from a backup that was made while the operation was open: ${reason}`;
  for (const key of open) await endUnknown(tx, key.id, { code: 'store_restored', message }, now);
  return open.map(({ id }) => id);
}

async function endUnknown(tx: Executor, id: string, error: Problem, now: Date): Promise<void> {
  const operation = await lockOperation(tx, { id });
  if (operation === null) return;
  await endOperation(tx, operation, 'failed', error, now);
  await endSteps(tx, operation, error, now);
  await tx.operation.update({ where: { id }, data: { runId: null }, select: { id: true } });
  const { kind, formerState } = operation;
  // It changes the record alone, so there is nothing to look at.
  if (kinds[kind].recordOnly && formerState !== null) {
    const problem = formerState === 'failed' ? null : error;
    return settle(tx, operation, formerState, { outcome: 'failed', wayBack: 'done', error: problem }, now);
  }
  const rest = kind === 'purge' ? 'deleted' : 'failed';
  return settle(tx, operation, rest, { outcome: 'failed', wayBack: 'failed', error }, now);
}

/** Every recovery that is owed waits for a person, also what a process of the version before has recorded. */
async function stopRecoveries(tx: Executor): Promise<void> {
  await tx.$executeRaw`UPDATE owed SET next_try_at = NULL WHERE next_try_at IS NOT NULL`;
  await tx.$executeRaw`UPDATE databases SET way_back_pending = false WHERE way_back_pending`;
}

/** Ends the leases of processes before the restore, and forgets what hosts looked like then. */
async function forgetProcesses(tx: Executor): Promise<void> {
  await tx.$executeRaw`UPDATE requests SET lease_until = now() WHERE status IS NULL AND lease_until > now()`;
  await tx.$executeRaw`UPDATE health_checks SET holder = NULL, lease_until = NULL WHERE holder IS NOT NULL`;
  await tx.$executeRaw`UPDATE reconcilers SET differences = NULL, resumed_until = NULL`;
}
