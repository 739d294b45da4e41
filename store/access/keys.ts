import { randomBytes } from 'node:crypto';
import { digestOf, type Grant, isKeyOf, keyIdOf, keySecretBytes, keyText } from '../../domain/access/keys';
import type { Role } from '../../domain/access/permissions';
import { DatabaseError } from '../../domain/errors';
import { storeTime } from '../connection/clock';
import { translated, violatesForeignKey } from '../connection/errors';
import { type Executor, Prisma, type PrismaClient } from '../connection/executor';
import { newId } from '../connection/ids';
import { afterToken, newestFirst, type Page, type PageRequest, pageOf } from '../connection/pages';
import type { Reading } from '../connection/reading';
import type { TenantScope } from '../connection/tenant-scope';
import { type Expected, requireVersion, versionOf } from '../connection/versions';
import { type Author, auditChange } from './audit';

/** A key without its digest. */
export interface KeyRecord extends Grant {
  readonly id: string;
  readonly name: string;
  readonly createdBy: string;
  readonly createdAt: Date;
  /** To the minute; null before the first use. */
  readonly lastUsedAt: Date | null;
  /** The key that replaces it; null for a key that was not rotated. */
  readonly replacedBy: string | null;
}

/** The version of a key: rotation makes another. */
export function keyVersion({ id, expiresAt, replacedBy }: KeyRecord): string {
  return versionOf([id, expiresAt, replacedBy]);
}

/** A new key with its secret, which is shown once. */
export interface NewKey extends KeyRecord {
  readonly key: string;
}

/** A valid key that a request presents. */
export interface PresentedKey extends Grant {
  readonly id: string;
  readonly name: string;
  /** Whether `noteUse` is due. */
  readonly isUseDue: boolean;
  /** Whether the tenant that the request names exists. */
  readonly isTenantKnown: boolean;
}

/** One tenant's keys; with null all keys, for the installation's administrators. */
export type KeyScope = string | null;

/** The author of a key, and the limits of what they may grant. */
export interface Maker extends Author {
  /** Throws when the author may not grant this. */
  readonly requireGrantable: (grant: Grant) => void;
}

const isInForce = Prisma.sql`(expires_at IS NULL OR expires_at > now())`;

const useIsDue = Prisma.sql`(last_used_at IS NULL OR last_used_at < now() - interval '1 minute')`;

/** API keys. They are never cached, so that a revoked key is refused from then on. */
export function createKeys(prisma: PrismaClient, asTenant: TenantScope, reading: Reading) {
  function within<T>(scope: KeyScope, run: (tx: Executor) => Promise<T>): Promise<T> {
    return scope === null ? prisma.$transaction((tx) => run(tx)) : asTenant(scope, run);
  }

  return {
    /**
     * The key in a request for this tenant. Null for an unknown or expired key, or a wrong secret; a mistyped key is
     * refused without a query.
     */
    async present(text: string, requestedTenantId: string): Promise<PresentedKey | null> {
      const id = keyIdOf(text);
      if (id === null) return null;
      const [row] = await translated('look up the key', () =>
        reading.rows<PresentedKey & { readonly digest: Uint8Array }>(Prisma.sql`
          SELECT id, name, role, digest, tenant_id AS "tenantId", expires_at AS "expiresAt", ${useIsDue} AS "isUseDue",
            EXISTS (SELECT 1 FROM tenants WHERE tenants.id = ${requestedTenantId}) AS "isTenantKnown"
          FROM api_keys WHERE id = ${id} AND ${isInForce}`),
      );
      if (row === undefined || !isKeyOf(text, row.digest)) return null;
      const { digest: _checked, ...key } = row;
      return key;
    },

    /** Which of these keys are in force. */
    async inForceAmong(ids: readonly string[]): Promise<string[]> {
      const rows = await translated('look up keys', () =>
        reading.rows<{ readonly id: string }>(Prisma.sql`
          SELECT id FROM api_keys WHERE id = ANY (${[...ids]}) AND ${isInForce}`),
      );
      return rows.map(({ id }) => id);
    },

    /** Records the use of a key, at most once a minute. */
    async noteUse(id: string): Promise<void> {
      await translated(
        'record that the key was used',
        () => prisma.$executeRaw`UPDATE api_keys SET last_used_at = now() WHERE id = ${id} AND ${useIsDue}`,
      );
    },

    /** Throws `not_found` for an unknown tenant. */
    async create(scope: KeyScope, maker: Maker, grant: Grant, name: string): Promise<NewKey> {
      maker.requireGrantable(grant);
      try {
        return await translated('create the key', () =>
          within(scope, async (tx) => {
            const { key, ...record } = await insert(tx, grant, name, maker.actor);
            await auditChange(tx, maker, { ...subjectOf(record), action: 'key.create', after: record });
            return { ...record, key };
          }),
        );
      } catch (error) {
        if (!violatesForeignKey(error, 'api_keys_tenant_id_fkey')) throw error;
        throw new DatabaseError('not_found', `tenant ${grant.tenantId} not found`, {}, { cause: error });
      }
    },

    /**
     * Creates a key that replaces another, with its name, role, tenant and expiry. The old key stays valid during the
     * overlap, but not beyond its own expiry. Throws `not_found`, `precondition_failed`, and `state_conflict` for an
     * expired or replaced key.
     */
    async rotate(
      scope: KeyScope,
      maker: Maker,
      id: string,
      overlapSeconds: number,
      ifMatch: Expected,
    ): Promise<NewKey> {
      return translated('rotate the key', () =>
        within(scope, async (tx) => {
          const old = await lockKey(tx, scope, id);
          requireVersion(ifMatch, keyVersion(old));
          maker.requireGrantable(old);
          requireInForce(old, await storeTime(tx));
          const { key, ...replacement } = await insert(tx, old, old.name, maker.actor);
          await tx.$executeRaw`
            UPDATE api_keys SET replaced_by = ${replacement.id},
              expires_at = least(expires_at, now() + make_interval(secs => ${overlapSeconds}))
            WHERE id = ${id}`;
          await auditChange(tx, maker, { ...subjectOf(old), action: 'key.rotate', before: old, after: replacement });
          return { ...replacement, key };
        }),
      );
    },

    /** Null for an unknown id and for another tenant's. */
    async get(scope: KeyScope, id: string): Promise<KeyRecord | null> {
      return translated('read the key', () => within(scope, (tx) => find(tx, scope, id)));
    },

    async list(scope: KeyScope, page: PageRequest): Promise<Page<KeyRecord>> {
      const rows = await translated('list keys', () =>
        within(scope, (tx) =>
          tx.apiKey.findMany({
            where: { ...whereOf(scope), ...afterToken(page.pageToken) },
            omit: { digest: true },
            orderBy: [...newestFirst],
            take: page.pageSize + 1,
          }),
        ),
      );
      return pageOf(rows, page.pageSize, keyRecord);
    },

    /**
     * Revokes a key at once. Throws `not_found`, `precondition_failed`, and `last_admin_key` for the installation's
     * last administrator key in force.
     */
    async revoke(scope: KeyScope, id: string, ifMatch: Expected, author: Author): Promise<void> {
      await translated('revoke the key', () =>
        within(scope, async (tx) => {
          if (scope === null) await requireOtherAdmin(tx, id);
          const key = await lockKey(tx, scope, id);
          requireVersion(ifMatch, keyVersion(key));
          await tx.apiKey.delete({ where: { id: key.id }, select: { id: true } });
          await auditChange(tx, author, { ...subjectOf(key), action: 'key.delete', before: key });
        }),
      );
    },
  };
}

function whereOf(scope: KeyScope): { readonly tenantId?: string } {
  return scope === null ? {} : { tenantId: scope };
}

async function find(tx: Executor, scope: KeyScope, id: string): Promise<KeyRecord | null> {
  const row = await tx.apiKey.findFirst({ where: { id, ...whereOf(scope) }, omit: { digest: true } });
  return row === null ? null : keyRecord(row);
}

/** Locks a key for this transaction. Throws `not_found`. */
async function lockKey(tx: Executor, scope: KeyScope, id: string): Promise<KeyRecord> {
  await tx.$queryRaw`SELECT 1 FROM api_keys WHERE id = ${id} AND (${scope}::text IS NULL OR tenant_id = ${scope}) FOR UPDATE`;
  const key = await find(tx, scope, id);
  if (key === null) throw new DatabaseError('not_found', `key ${id} not found`);
  return key;
}

function requireInForce({ id, replacedBy, expiresAt }: KeyRecord, now: Date): void {
  if (replacedBy !== null) {
    throw new DatabaseError('state_conflict', `key ${id} was replaced by key ${replacedBy}`, { replacedBy });
  }
  if (expiresAt !== null && expiresAt <= now) throw new DatabaseError('state_conflict', `key ${id} has expired`);
}

/** Throws when this is the installation's last administrator key in force. Concurrent calls take turns. */
async function requireOtherAdmin(tx: Executor, id: string): Promise<void> {
  const rows = await tx.$queryRaw<{ id: string; isInForce: boolean }[]>`
    SELECT id, (expires_at IS NULL OR expires_at > now()) AS "isInForce" FROM api_keys
    WHERE tenant_id IS NULL AND role = 'admin' ORDER BY id FOR UPDATE`;
  const inForce = rows.filter(({ isInForce }) => isInForce);
  if (inForce.length !== 1 || inForce[0]?.id !== id) return;
  throw new DatabaseError(
    'last_admin_key',
    `key ${id} is the last administrator key of the installation; create another one first`,
  );
}

async function insert(tx: Executor, grant: Grant, name: string, createdBy: string): Promise<NewKey> {
  const { role, tenantId, expiresAt } = grant;
  const id = newId();
  const key = keyText(id, randomBytes(keySecretBytes));
  const digest = new Uint8Array(digestOf(key));
  const data = { id, name, role, tenantId, expiresAt, digest, createdBy, createdAt: new Date() };
  return { ...keyRecord(await tx.apiKey.create({ data, omit: { digest: true } })), key };
}

/** The audit's subject. */
function subjectOf({ id, name, tenantId }: KeyRecord) {
  return { tenantId, resource: { id, name } };
}

function keyRecord(row: Omit<Prisma.ApiKeyGetPayload<object>, 'digest'>): KeyRecord {
  return { ...row, role: row.role as Role };
}
