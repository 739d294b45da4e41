import { DatabaseError } from '../../domain/errors';
import type { SidecarRole } from '../../domain/sidecars';
import type { Cipher } from '../connection/cipher';
import { translated } from '../connection/errors';
import type { Executor, PrismaClient } from '../connection/executor';
import type { TenantScope } from '../connection/tenant-scope';

/** A database's passwords: its owner's, which users get, Slipway's own for probing, and its sidecars'. */
export type SecretName = 'owner' | `owner.${number}` | 'monitor' | SidecarRole;

/** The name of the owner's password with this number; a rotation raises the number. */
export function ownerSecret(credentials: number): SecretName {
  return credentials === 1 ? 'owner' : `owner.${credentials}`;
}

/** One secret; with a tenant, only if it belongs to that tenant. */
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
    /** The secret, made by `generate` if there is none. Concurrent callers get the same one. */
    async ensure(tenantId: string, databaseId: string, name: SecretName, generate: () => string): Promise<string> {
      const existing = await translated('read a secret', () => find(prisma, { databaseId, name }));
      if (existing !== null) return existing;
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

    /** The same for a caller, within its tenant. */
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

/** The context that a secret is sealed for. */
export function contextOf({ databaseId, name }: Pick<SecretKey, 'databaseId' | 'name'>): string {
  return `secret ${name} of database ${databaseId}`;
}
