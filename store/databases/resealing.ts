import { DatabaseError } from '../../domain/errors';
import type { Cipher, Sealed } from '../connection/cipher';
import { translated } from '../connection/errors';
import type { PrismaClient } from '../connection/executor';
import { channelContext } from '../notifications/channels';
import { contextOf, type SecretName } from './secrets';

export interface ResealedBatch {
  readonly resealed: number;
  /** A sentence for each secret that could not be opened; it stays as it was. */
  readonly unreadable: readonly string[];
}

/** One kind of secret that former keys sealed. */
interface SealedRows<Row extends Sealed> {
  /** At most `limit` rows after this one, in a fixed order. */
  read(after: Row | undefined, limit: number): Promise<Row[]>;
  contextOf(row: Row): string;
  /** Replaces only the secret that was read, so a concurrent change or removal wins. */
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
     * Seals every secret of a former key under the current key, in batches. Each secret is stored by itself, so an
     * interrupted run continues with the rest.
     */
    async *batches(limit: number): AsyncGenerator<ResealedBatch> {
      yield* batchesOf(ofDatabases, limit);
      yield* batchesOf(ofChannels, limit);
    },
  };
}
