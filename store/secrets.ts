import { DatabaseError } from '../databases/errors';
import type { SidecarRole } from '../databases/sidecars';
import type { Cipher } from './cipher';
import type { PrismaClient } from './client';
import { translated } from './errors';

/** The passwords that a database has: its owner's, which users get, Slipway's own for probing, and its sidecars'. */
export type SecretName = 'owner' | `owner.${number}` | 'monitor' | SidecarRole;

/** The owner's password by its number; a rotation makes the next one. */
export function ownerSecret(credentials: number): SecretName {
  return credentials === 1 ? 'owner' : `owner.${credentials}`;
}

/** Secrets of databases, encrypted at rest; only activities and the connection route read them. */
export function createSecrets(prisma: PrismaClient, cipher: Cipher) {
  async function read(databaseId: string, name: SecretName): Promise<string | null> {
    const row = await translated('read a secret', () =>
      prisma.secret.findUnique({ where: { databaseId_name: { databaseId, name } } }),
    );
    return row === null ? null : cipher.open(row, contextOf(databaseId, name));
  }

  return {
    /** The secret that is there; `generate` makes it where there is none. Two callers at once get the same one. */
    async ensure(tenantId: string, databaseId: string, name: SecretName, generate: () => string): Promise<string> {
      const found = await read(databaseId, name);
      if (found !== null) return found;
      const sealed = cipher.seal(generate(), contextOf(databaseId, name));
      await translated('keep a secret', () =>
        prisma.secret.createMany({
          data: { databaseId, tenantId, name, ...sealed, createdAt: new Date() },
          skipDuplicates: true,
        }),
      );
      return this.read(databaseId, name);
    },

    /** Throws `not_found` where there is none. */
    async read(databaseId: string, name: SecretName): Promise<string> {
      const found = await read(databaseId, name);
      if (found === null) throw new DatabaseError('not_found', `database ${databaseId} has no ${name} password`);
      return found;
    },
  };
}

function contextOf(databaseId: string, name: SecretName): string {
  return `secret ${name} of database ${databaseId}`;
}
