import { DatabaseError } from '../../domain/errors';
import type { Cipher, Sealed } from '../connection/cipher';
import type { PrismaClient } from '../connection/client';
import { translated } from '../connection/errors';
import { channelContext } from '../notifications/channels';
import { contextOf, type SecretName } from './secrets';

export interface ResealedBatch {
  readonly resealed: number;
  /** Why some could not be opened, one sentence each; they are as they were. */
  readonly unreadable: readonly string[];
}

/** One kind of what former keys sealed. */
interface SealedRows<Row extends Sealed> {
  /** So many, in an order of their own, after one of them. */
  read(after: Row | undefined, limit: number): Promise<Row[]>;
  contextOf(row: Row): string;
  /** Only in the place of what was read: two that do this at once, or a row that changes or goes meanwhile, do no harm. */
  keep(row: Row, sealed: Sealed): Promise<{ readonly count: number }>;
}

/** Moves secrets from former keys to the current one. */
export function createResealing(prisma: PrismaClient, cipher: Cipher) {
  const isFormer = { keyId: { not: cipher.keyId } };

  const ofDatabases: SealedRows<Sealed & { readonly databaseId: string; readonly name: string }> = {
    read: (after, take) =>
      prisma.secret.findMany({
        where: {
          ...isFormer,
          ...(after === undefined
            ? {}
            : {
                OR: [
                  { databaseId: { gt: after.databaseId } },
                  { databaseId: after.databaseId, name: { gt: after.name } },
                ],
              }),
        },
        orderBy: [{ databaseId: 'asc' }, { name: 'asc' }],
        take,
      }),
    contextOf: ({ databaseId, name }) => contextOf({ databaseId, name: name as SecretName }),
    keep: ({ databaseId, name, keyId }, data) => prisma.secret.updateMany({ where: { databaseId, name, keyId }, data }),
  };

  const ofChannels: SealedRows<Sealed & { readonly id: string }> = {
    read: (after, take) =>
      prisma.notificationChannel.findMany({
        where: { ...isFormer, id: { gt: after?.id ?? '' } },
        orderBy: { id: 'asc' },
        take,
        select: { id: true, keyId: true, ciphertext: true },
      }),
    contextOf: ({ id }) => channelContext(id),
    keep: ({ id, keyId, ciphertext }, data) =>
      prisma.notificationChannel.updateMany({ where: { id, keyId, ciphertext }, data }),
  };

  async function* batchesOf<Row extends Sealed>(kind: SealedRows<Row>, limit: number): AsyncGenerator<ResealedBatch> {
    let last: Row | undefined;
    do {
      const rows: Row[] = await translated('read the secrets of former secret keys', () => kind.read(last, limit));
      let resealed = 0;
      const unreadable: string[] = [];
      for (const row of rows) {
        const context = kind.contextOf(row);
        try {
          const sealed = cipher.seal(cipher.open(row, context), context);
          resealed += (await translated('store a secret', () => kind.keep(row, sealed))).count;
        } catch (error) {
          if (!(error instanceof DatabaseError) || error.code !== 'secret_unreadable') throw error;
          unreadable.push(error.message);
        }
      }
      yield { resealed, unreadable };
      last = rows.length < limit ? undefined : rows.at(-1);
    } while (last !== undefined);
  }

  return {
    /**
     * Seals under the current key all that former keys sealed, so many at a time. Each secret is kept by itself: whoever
     * is cut off begins anew, and finds only what is left.
     */
    async *batches(limit: number): AsyncGenerator<ResealedBatch> {
      yield* batchesOf(ofDatabases, limit);
      yield* batchesOf(ofChannels, limit);
    },
  };
}
