import { DatabaseError, type Problem } from '../../domain/errors';
import { type Author, auditChange } from '../access/audit';
import { storeTime } from '../connection/clock';
import { translated } from '../connection/errors';
import { type Executor, Prisma, type PrismaClient } from '../connection/executor';
import type { Expected } from '../connection/versions';
import type { OperationRecord } from '../databases/records';
import { selectOperations } from '../databases/selects';
import { endOperation, endSteps } from '../operations/end';
import { adoptMarked } from '../operations/settle';
import { type HostWithLoad, hostWithLoad, lockHost, subjectOf, withLoad } from './host-records';

/** Hosts that are gone for good, and their return. */
export function createLostHosts(prisma: PrismaClient) {
  return {
    /**
     * Declares a host lost: no worker registers it, its open operations end as `failed` (`aborted`), and its databases
     * become `failed`, owed a recovery that only a request starts. What they hold of quotas and of the host stays until
     * they are deleted or recovered. A lost host stays as it is. Throws `not_found`, `precondition_failed`, and
     * `host_in_use` while one of its workers was seen within the last 30 seconds.
     *
     * @returns the host, and the operations whose runs are to be terminated
     */
    async declareLost(
      id: string,
      ifMatch: Expected,
      author: Author,
    ): Promise<{ readonly host: HostWithLoad; readonly aborted: readonly OperationRecord[] }> {
      return translated('declare the host lost', () =>
        prisma.$transaction(async (tx) => {
          // Before the host, as everyone locks them. A host that is silent gets no further database meanwhile.
          const databaseIds = await lockDatabases(tx, id);
          const open = await lockOpenOperations(tx, databaseIds);
          const before = await lockHost(tx, id, ifMatch);
          if (before.state === 'lost') return { host: before, aborted: [] };
          requireSilence(before);
          const now = await storeTime(tx);
          const error = {
            code: 'host_lost',
            message: `host ${id} was declared lost`,
            details: { hostId: id },
          } as const;
          for (const operation of open) await abort(tx, operation, error, now);
          const abortedIds = open.map((operation) => operation.id);
          await failDatabases(tx, { hostId: id, databaseIds, abortedIds, error, now });
          const host = await changeLost(tx, before, now, { ...author, action: 'host.lost' });
          return { host, aborted: open };
        }),
      );
    },

    /**
     * Takes a lost host back: its worker registers it again. Its databases stay `failed` until they are recovered or
     * deleted. Another host stays as it is. Throws `not_found`, `precondition_failed`.
     */
    async takeBack(id: string, ifMatch: Expected, author: Author): Promise<HostWithLoad> {
      return translated('take the host back', () =>
        prisma.$transaction(async (tx) => {
          const before = await lockHost(tx, id, ifMatch);
          if (before.state !== 'lost') return before;
          return changeLost(tx, before, null, { ...author, action: 'host.return' });
        }),
      );
    },
  };
}

/** Locks the databases with an instance or a place on a host, without the deleted ones, which have nothing to recover. */
async function lockDatabases(tx: Executor, hostId: string): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM databases
    WHERE deleted_at IS NULL AND (
      EXISTS (SELECT 1 FROM instances WHERE database_id = databases.id AND host_id = ${hostId})
      OR EXISTS (SELECT 1 FROM holdings WHERE database_id = databases.id AND host_id = ${hostId}))
    ORDER BY id FOR NO KEY UPDATE`;
  return rows.map(({ id }) => id);
}

async function lockOpenOperations(tx: Executor, databaseIds: readonly string[]): Promise<OperationRecord[]> {
  return tx.$queryRaw<OperationRecord[]>(
    selectOperations(Prisma.sql`
      WHERE database_id = ANY (${[...databaseIds]}) AND state IN ('pending', 'running', 'cancelling')
      ORDER BY id FOR UPDATE`),
  );
}

function requireSilence({ id, state, lastSeenAt }: HostWithLoad): void {
  if (state === 'silent' || state === 'new') return;
  const message = `a worker of host ${id} was seen within the last 30 seconds: stop it first`;
  throw new DatabaseError('host_in_use', message, { lastSeenAt });
}

async function abort(tx: Executor, operation: OperationRecord, lost: Problem, now: Date): Promise<void> {
  const error = { ...lost, code: 'aborted' } as const;
  await endOperation(tx, operation, 'failed', error, now);
  await endSteps(tx, operation, error, now);
  if (operation.kind === 'create') await adoptMarked(tx, operation, now);
}

interface Loss {
  readonly hostId: string;
  readonly databaseIds: readonly string[];
  readonly abortedIds: readonly string[];
  readonly error: Problem;
  readonly now: Date;
}

/** Leaves the databases of a lost host `failed`, whatever they were, with a recovery owed that only a request starts. */
async function failDatabases(tx: Executor, { hostId, databaseIds, abortedIds, error, now }: Loss): Promise<void> {
  const ids = Prisma.sql`ANY (${[...databaseIds]})`;
  const problem = Prisma.sql`${JSON.stringify(error)}::jsonb`;
  await tx.$executeRaw`
    UPDATE databases SET state = 'failed', error = ${problem}, way_back_pending = false, updated_at = ${now}
    WHERE id = ${ids}`;
  await tx.$executeRaw`
    UPDATE instances SET state = 'failed', error = ${problem}, updated_at = ${now}
    WHERE host_id = ${hostId} AND database_id = ${ids}`;
  await tx.$executeRaw`
    INSERT INTO owed (database_id, tenant_id, operation_id, cause, error, since)
    SELECT id, tenant_id, (
        SELECT id FROM operations WHERE database_id = databases.id AND operations.id = ANY (${[...abortedIds]})),
      'host_lost', ${problem}, ${now}
    FROM databases WHERE id = ${ids}
    ON CONFLICT (database_id) DO UPDATE SET operation_id = excluded.operation_id, cause = excluded.cause,
      error = excluded.error, tries = 0, next_try_at = NULL, since = excluded.since`;
}

/** Writes that a host is lost, or no longer. */
async function changeLost(
  tx: Executor,
  before: HostWithLoad,
  lostAt: Date | null,
  entry: Author & { readonly action: string },
): Promise<HostWithLoad> {
  const { id } = before;
  const row = await tx.host.update({ ...withLoad, where: { id }, data: { lostAt } });
  const { action, ...author } = entry;
  const change = { action, before: { lostAt: before.lostAt }, after: { lostAt } };
  await auditChange(tx, author, { ...subjectOf(before), ...change });
  return hostWithLoad(row, await storeTime(tx));
}
