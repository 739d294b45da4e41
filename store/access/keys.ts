import { randomBytes } from 'node:crypto';
import { digestOf, type Grant, isKeyOf, keyIdOf, keySecretBytes, keyText } from '../../domain/access/keys';
import type { Role } from '../../domain/access/permissions';
import { DatabaseError } from '../../domain/errors';
import { type Executor, Prisma, type PrismaClient } from '../connection/client';
import { translated, violatesForeignKey } from '../connection/errors';
import { newId } from '../connection/ids';
import { afterToken, newestFirst, type Page, type PageRequest, pageOf } from '../connection/pages';
import type { Reading } from '../connection/reading';
import type { TenantScope } from '../connection/tenant-scope';
import { type Expected, keyVersion, requireVersion } from '../connection/versions';
import { type Author, auditChange } from './audit';

/** A key as it is kept, without what it is checked by. */
export interface KeyRecord extends Grant {
  readonly id: string;
  readonly name: string;
  readonly createdBy: string;
  readonly createdAt: Date;
  /** To the minute; null before the first use. */
  readonly lastUsedAt: Date | null;
  /** The key that takes its place; null for one that was not rotated. */
  readonly replacedBy: string | null;
}

/** A key that was just made, and the one time that it is known. */
export interface NewKey extends KeyRecord {
  readonly key: string;
}

/** A key that was presented and is in force. */
export interface PresentedKey extends Grant {
  readonly id: string;
  readonly name: string;
  /** Whether its use is to be noted. */
  readonly isUseDue: boolean;
  /** Whether there is the tenant that the request names. */
  readonly isTenantKnown: boolean;
}

/** Whose keys are meant: one tenant's; or with null everybody's, for the installation's administrators. */
export type KeyScope = string | null;

/** Who makes a key, and what is beyond them. */
export interface Maker extends Author {
  /** Throws when they may not have what the key gives. */
  readonly requireGiven: (grant: Grant) => void;
}

const isInForce = Prisma.sql`(expires_at IS NULL OR expires_at > now())`;

const useIsDue = Prisma.sql`(last_used_at IS NULL OR last_used_at < now() - interval '1 minute')`;

/** Keys: who may ask. None is ever read from a cache, so that one which is revoked is refused from then on. */
export function createKeys(prisma: PrismaClient, asTenant: TenantScope, reading: Reading) {
  function within<T>(scope: KeyScope, run: (tx: Executor) => Promise<T>): Promise<T> {
    return scope === null ? prisma.$transaction((tx) => run(tx)) : asTenant(scope, run);
  }

  return {
    /**
     * The key that is presented, with a request that names this tenant. Null for one that is unknown, has another
     * secret or is expired; what is mistyped is refused without asking the store.
     */
    async present(text: string, namedTenantId: string): Promise<PresentedKey | null> {
      const id = keyIdOf(text);
      if (id === null) return null;
      const [row] = await translated('look up the key', () =>
        reading.rows<PresentedKey & { readonly digest: Uint8Array }>(Prisma.sql`
          SELECT id, name, role, digest, tenant_id AS "tenantId", expires_at AS "expiresAt", ${useIsDue} AS "isUseDue",
            EXISTS (SELECT 1 FROM tenants WHERE tenants.id = ${namedTenantId}) AS "isTenantKnown"
          FROM api_keys WHERE id = ${id} AND ${isInForce}`),
      );
      if (row === undefined || !isKeyOf(text, row.digest)) return null;
      const { digest: _checked, ...key } = row;
      return key;
    },

    /** Those of these keys that are in force. */
    async inForceAmong(ids: readonly string[]): Promise<string[]> {
      const rows = await translated('look up keys', () =>
        reading.rows<{ readonly id: string }>(Prisma.sql`
          SELECT id FROM api_keys WHERE id = ANY (${[...ids]}) AND ${isInForce}`),
      );
      return rows.map(({ id }) => id);
    },

    /** Writes that a key is used now; not again within the minute, whoever asks. */
    async noteUse(id: string): Promise<void> {
      await translated(
        'record that the key was used',
        () => prisma.$executeRaw`UPDATE api_keys SET last_used_at = now() WHERE id = ${id} AND ${useIsDue}`,
      );
    },

    /** Throws `not_found` for an unknown tenant. */
    async create(scope: KeyScope, maker: Maker, grant: Grant, name: string): Promise<NewKey> {
      maker.requireGiven(grant);
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
     * Makes a key that takes the place of another, with its name, role, tenant and expiry. The old one works on for so
     * long, though no longer than it would have. Throws `not_found`, `precondition_failed`, and `state_conflict` for
     * one that is expired or has been replaced.
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
          maker.requireGiven(old);
          requireInForce(old, new Date());
          const { key, ...made } = await insert(tx, old, old.name, maker.actor);
          await tx.$executeRaw`
            UPDATE api_keys SET replaced_by = ${made.id},
              expires_at = least(expires_at, now() + make_interval(secs => ${overlapSeconds}))
            WHERE id = ${id}`;
          await auditChange(tx, maker, { ...subjectOf(old), action: 'key.rotate', before: old, after: made });
          return { ...made, key };
        }),
      );
    },

    /** Null for an unknown id and for another tenant's alike. */
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
     * Takes a key away, at once. Throws `not_found`, `precondition_failed`, and `last_admin_key` for the last one in force that is an
     * administrator's of the installation.
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

/** A key that nobody else changes until the transaction ends. Throws `not_found`. */
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

/** Throws when without this key no administrator of the installation has one in force. Of two at once one waits. */
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

/** A key as the audit names it. */
function subjectOf({ id, name, tenantId }: KeyRecord) {
  return { tenantId, resource: { id, name } };
}

function keyRecord(row: Omit<Prisma.ApiKeyGetPayload<object>, 'digest'>): KeyRecord {
  return { ...row, role: row.role as Role };
}
