import { DatabaseError } from '../databases/errors';
import type { Cipher } from './cipher';
import type { PrismaClient } from './client';
import { translated } from './errors';
import { contextOf, type SecretName } from './secrets';

/** Where a batch ended. */
export interface SecretPlace {
  readonly databaseId: string;
  readonly name: string;
}

export interface ResealedBatch {
  readonly resealed: number;
  /** Why some could not be opened, one sentence each; they are as they were. */
  readonly unreadable: readonly string[];
  /** Where to go on; null when there are no more. */
  readonly next: SecretPlace | null;
}

/** Moves secrets from former keys to the current one. */
export function createResealing(prisma: PrismaClient, cipher: Cipher) {
  return {
    /**
     * Seals one batch of what former keys sealed under the current key, in order of databases. Each secret is kept by
     * itself: whoever is cut off begins anew, and finds only what is left.
     */
    async batch(after: SecretPlace | null, limit: number): Promise<ResealedBatch> {
      const rows = await translated('read the secrets of former keys', () =>
        prisma.secret.findMany({
          where: {
            keyId: { not: cipher.keyId },
            ...(after === null
              ? {}
              : {
                  OR: [
                    { databaseId: { gt: after.databaseId } },
                    { databaseId: after.databaseId, name: { gt: after.name } },
                  ],
                }),
          },
          orderBy: [{ databaseId: 'asc' }, { name: 'asc' }],
          take: limit,
        }),
      );
      let resealed = 0;
      const unreadable: string[] = [];
      for (const { databaseId, name, keyId, ciphertext } of rows) {
        const context = contextOf({ databaseId, name: name as SecretName });
        try {
          const sealed = cipher.seal(cipher.open({ keyId, ciphertext }, context), context);
          // Only what was read: two that do this at once, or a database that goes meanwhile, do no harm.
          const where = { databaseId, name, keyId };
          const { count } = await translated('keep a secret', () => prisma.secret.updateMany({ where, data: sealed }));
          resealed += count;
        } catch (error) {
          if (!(error instanceof DatabaseError) || error.code !== 'secret_unreadable') throw error;
          unreadable.push(error.message);
        }
      }
      const last = rows.at(-1);
      return { resealed, unreadable, next: rows.length < limit ? null : placeOf(last) };
    },
  };
}

function placeOf(row: SecretPlace | undefined): SecretPlace | null {
  return row === undefined ? null : { databaseId: row.databaseId, name: row.name };
}
