import { DatabaseError, type Problem } from '../../domain/errors';
import { type Author, auditChange } from '../access/audit';
import { storeTime } from '../connection/clock';
import { translated } from '../connection/errors';
import type { Executor, PrismaClient } from '../connection/executor';
import { json } from '../databases/records';
import { type ComparedDatabase, readComparison } from './differences';
import { lockInstallation } from './hold';

export interface ReleaseRequest {
  /** Whether the recoveries that are owed to databases without a difference are due now. */
  readonly recover: boolean;
  /** Whether to release the store although hosts have not been compared: their databases become `failed`. */
  readonly incomplete: boolean;
}

/** The databases that a release has changed, by id. */
export interface Released {
  /** They wait for a person. */
  readonly failed: readonly string[];
  readonly recovering: readonly string[];
}

/** The end of a hold. */
export function createRelease(prisma: PrismaClient) {
  return {
    /**
     * Releases a held store. A database with objects that were created after the backup becomes `failed`, as does one that
     * was not compared; everything else continues. Throws `state_conflict` when the store is not held, or when hosts have not
     * been compared.
     */
    async release({ recover, incomplete }: ReleaseRequest, author: Author): Promise<Released> {
      return translated('release the store', () =>
        prisma.$transaction(async (tx) => {
          const before = await lockInstallation(tx);
          const { id, held } = before;
          if (held === null) throw new DatabaseError('state_conflict', 'the store is not held');
          const { databases, hostsNotCompared } = await readComparison(tx);
          if (hostsNotCompared.length > 0 && !incomplete) throw notCompared(hostsNotCompared);
          const now = await storeTime(tx);
          const failed = await failDatabases(tx, databases.filter(hasUnknownChanges), now);
          const recovering = recover
            ? await makeDue(
                tx,
                databases.filter(({ standing }) => standing === 'same'),
              )
            : [];
          await tx.$executeRaw`UPDATE installations SET held_since = NULL, held_reason = NULL`;
          await tx.$executeRaw`UPDATE reconcilers SET differences = NULL`;
          await auditChange(tx, author, {
            tenantId: null,
            action: 'installation.release',
            resource: { id, name: id },
            before,
            after: { recover, incomplete, failed, recovering },
          });
          return { failed, recovering };
        }),
      );
    },
  };
}

/** Whether the database was changed after the backup, or may have been. */
function hasUnknownChanges({ standing }: ComparedDatabase): boolean {
  return standing === 'diverged' || standing === 'not_compared';
}

/** Fails the databases that have a record and have not failed yet, each with an event. Returns their ids. */
async function failDatabases(tx: Executor, databases: readonly ComparedDatabase[], now: Date): Promise<string[]> {
  const errors = JSON.stringify(databases.map((one) => ({ id: one.databaseId, error: problemOf(one) })));
  const failed = await tx.$queryRaw<{ id: string; tenantId: string; name: string; error: Problem }[]>`
    UPDATE databases SET state = 'failed', error = found.error, updated_at = ${now}
    FROM jsonb_to_recordset(${errors}::jsonb) AS found(id text, error jsonb)
    WHERE databases.id = found.id AND databases.state <> 'failed' AND databases.deleted_at IS NULL
    RETURNING databases.id, databases.tenant_id AS "tenantId", databases.name, databases.error`;
  await tx.$executeRaw`
    UPDATE instances SET state = 'failed', error = databases.error, updated_at = ${now}
    FROM databases WHERE databases.id = instances.database_id AND databases.id = ANY (${failed.map(({ id }) => id)})`;
  await tx.event.createMany({
    data: failed.map(({ id: databaseId, tenantId, name: databaseName, error }) => {
      return { tenantId, databaseId, type: 'database.diverged', data: json({ databaseName, error }), at: now };
    }),
  });
  return failed.map(({ id }) => id);
}

function problemOf({ standing, reason }: ComparedDatabase): Problem {
  const why = standing === 'diverged' ? reason : 'it was not compared with its host';
  return { code: 'store_restored', message: `the database may have changed since the backup: ${why}` };
}

/** Makes the recoveries that these databases are owed due now. Returns their ids. */
async function makeDue(tx: Executor, databases: readonly ComparedDatabase[]): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    UPDATE owed SET next_try_at = now()
    WHERE database_id = ANY (${databases.map(({ databaseId }) => databaseId)})
    RETURNING database_id AS id`;
  return rows.map(({ id }) => id);
}

function notCompared(hosts: readonly string[]): DatabaseError {
  const message = `these hosts have not been compared with the store: ${hosts.join(', ')}; start their workers, or release it as incomplete`;
  return new DatabaseError('state_conflict', message, { hosts });
}
