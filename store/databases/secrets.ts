import { DatabaseError } from '../../domain/errors';
import type { SidecarRole } from '../../domain/sidecars';
import type { Cipher } from '../connection/cipher';
import type { Executor, PrismaClient } from '../connection/client';
import { translated } from '../connection/errors';
import type { TenantScope } from '../connection/tenant-scope';

/** The passwords that a database has: its owner's, which users get, Slipway's own for probing, and its sidecars'. */
export type SecretName = 'owner' | `owner.${number}` | 'monitor' | SidecarRole;

/** The owner's password by its number; a rotation makes the next one. */
export function ownerSecret(credentials: number): SecretName {
  return credentials === 1 ? 'owner' : `owner.${credentials}`;
}

/** Which secret; with a tenant, only if it is one of that tenant's. */
interface SecretKey {
  readonly databaseId: string;
  readonly name: SecretName;
  readonly tenantId?: string;
}

/** Secrets of databases, encrypted at rest; only activities and the connection route read them. */
export function createSecrets(prisma: PrismaClient, asTenant: TenantScope, cipher: Cipher) {
  async function find(executor: Executor, where: SecretKey): Promise<string | null> {
    const row = await executor.secret.findFirst({ where });
    return row === null ? null : cipher.open(row, contextOf(where));
  }

  return {
    /** The secret that is there; `generate` makes it where there is none. Two callers at once get the same one. */
    async ensure(tenantId: string, databaseId: string, name: SecretName, generate: () => string): Promise<string> {
      const found = await translated('read a secret', () => find(prisma, { databaseId, name }));
      if (found !== null) return found;
      const sealed = cipher.seal(generate(), contextOf({ databaseId, name }));
      await translated('store a secret', () =>
        prisma.secret.createMany({
          data: { databaseId, tenantId, name, ...sealed, createdAt: new Date() },
          skipDuplicates: true,
        }),
      );
      return this.read(databaseId, name);
    },

    /** Throws `not_found` where there is none. */
    async read(databaseId: string, name: SecretName): Promise<string> {
      const key = { databaseId, name };
      return required(await translated('read a secret', () => find(prisma, key)), key);
    },

    /** The same for a caller: of a database of its tenant's only. */
    async readFor(tenantId: string, databaseId: string, name: SecretName): Promise<string> {
      const key = { tenantId, databaseId, name };
      return required(await translated('read a secret', () => asTenant(tenantId, (tx) => find(tx, key))), key);
    },
  };
}

function required(secret: string | null, { databaseId, name }: SecretKey): string {
  if (secret === null) throw new DatabaseError('not_found', `database ${databaseId} has no ${name} password`);
  return secret;
}

/** What a secret is bound to. */
export function contextOf({ databaseId, name }: Pick<SecretKey, 'databaseId' | 'name'>): string {
  return `secret ${name} of database ${databaseId}`;
}
