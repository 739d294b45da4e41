import { DatabaseError } from '../../domain/errors';
import { translated } from '../connection/errors';
import { type Executor, Prisma, type PrismaClient } from '../connection/executor';

/** Why the store is held: somebody restored it from a backup, and nobody has compared it with the hosts yet. */
export interface Hold {
  readonly since: Date;
  readonly reason: string;
}

/** The installation, as it is shown to administrators. */
export interface InstallationRecord {
  readonly id: string;
  /** Raised whenever the store is restored from a backup. */
  readonly epoch: number;
  readonly held: Hold | null;
}

/** Whether the store is not held. */
export const isReleased = Prisma.sql`NOT EXISTS (SELECT 1 FROM installations WHERE held_since IS NOT NULL)`;

interface Row {
  readonly id: string;
  readonly epoch: number;
  readonly heldSince: Date | null;
  readonly heldReason: string | null;
}

const selectInstallation = Prisma.sql`
  SELECT id, epoch, held_since AS "heldSince", held_reason AS "heldReason" FROM installations`;

/** The hold of a restored store. */
export function createHold(prisma: PrismaClient) {
  async function read(): Promise<InstallationRecord> {
    return translated('read the installation', () => readInstallation(prisma));
  }

  return {
    read,

    /** Throws `store_held`. */
    async requireReleased(): Promise<void> {
      const { held } = await read();
      if (held !== null) throw storeHeld(held);
    },
  };
}

export async function readInstallation(executor: Executor): Promise<InstallationRecord> {
  return installationRecord(await executor.$queryRaw<Row[]>(selectInstallation));
}

/** Reads the installation, and locks it for this transaction. */
export async function lockInstallation(tx: Executor): Promise<InstallationRecord> {
  return installationRecord(await tx.$queryRaw<Row[]>(Prisma.sql`${selectInstallation} FOR UPDATE`));
}

export function storeHeld({ since, reason }: Hold): DatabaseError {
  const message = `the store was restored (${reason}) and is held since ${since.toISOString()}: it changes nothing until it is released`;
  return new DatabaseError('store_held', message, { since: since.toISOString(), reason });
}

function installationRecord([row]: readonly Row[]): InstallationRecord {
  if (row === undefined) throw new DatabaseError('internal', 'the store has no installation');
  const { id, epoch, heldSince, heldReason } = row;
  return { id, epoch, held: heldSince === null ? null : { since: heldSince, reason: heldReason ?? '' } };
}
