// The fence: the conditions under which a run may still change its operation and the world.

import { DatabaseError } from '../../domain/errors';
import { type Executor, Prisma } from '../connection/executor';
import type { OperationRecord } from '../databases/records';
import { readInstallation, storeHeld } from '../installation/hold';

/** Whether an open operation may continue: it is not cancelled, or is going back already. */
export const mayContinue = Prisma.sql`(operations.state = 'running' OR operations.state = 'cancelling' AND operations.going_back)`;

/** Whether an operation has its database's current generation. */
export function isCurrent({ databaseId, generation }: OperationRecord): Prisma.Sql {
  return Prisma.sql`EXISTS (SELECT 1 FROM databases WHERE databases.id = ${databaseId} AND databases.generation = ${generation})`;
}

/**
 * Why an operation may not continue: it was cancelled, the store is held, it has a newer plan, or it no longer owns the
 * database, as one that was open in a backup.
 */
export async function refusal(tx: Executor, operationId: string): Promise<DatabaseError> {
  const [owner] = await tx.$queryRaw<{ state: 'running' | 'cancelling' }[]>`
    SELECT operations.state FROM operations JOIN databases ON databases.id = operations.database_id
    WHERE operations.id = ${operationId} AND operations.state IN ('running', 'cancelling')
      AND databases.generation = operations.generation`;
  switch (owner?.state) {
    case 'cancelling':
      return new DatabaseError('cancelled', `operation ${operationId} was cancelled`);
    case 'running': {
      const { held } = await readInstallation(tx);
      if (held !== null) return storeHeld(held);
      return new DatabaseError('superseded', `operation ${operationId} has a newer plan`);
    }
    case undefined:
      return new DatabaseError('superseded', `operation ${operationId} no longer owns the database`);
  }
}

/**
 * In a statement's FROM: its commit does not wait for the disk (PostgreSQL, 30.4) unless `decisive` holds. For writes
 * that only show progress, which a crash of the store may lose.
 */
export function withoutFlushUnless(decisive: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`(SELECT set_config('synchronous_commit', CASE WHEN ${decisive} THEN 'on' ELSE 'off' END, true)) AS flush`;
}
