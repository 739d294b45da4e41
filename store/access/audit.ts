import { z } from 'zod';
import { translated } from '../connection/errors';
import { type Executor, Prisma, type PrismaClient } from '../connection/executor';
import { type PageRequest, pageTokenOf, placeOf } from '../connection/pages';
import type { TenantScope } from '../connection/tenant-scope';
import { json } from '../databases/records';

/** The key, address and program of a request. */
export interface Origin {
  readonly keyId: string | null;
  readonly address: string | null;
  readonly userAgent: string | null;
}

/** The actor, and the request; Slipway's own actions have no origin. */
export interface Author {
  readonly actor: string;
  readonly requestId?: string | null;
  readonly origin?: Origin | null;
}

export const auditOutcomes = ['accepted', 'refused', 'succeeded', 'failed', 'cancelled'] as const;

export type AuditOutcome = (typeof auditOutcomes)[number];

export interface AuditEntry extends Author {
  /** Null for an entry about the installation. */
  readonly tenantId: string | null;
  /** Such as `database.create`. */
  readonly action: string;
  /** Its kind is the part of the action before the dot. */
  readonly resource: { readonly id: string; readonly name: string };
  readonly outcome: AuditOutcome;
  /** The error's code, for a refusal. */
  readonly reason?: string | null;
  readonly operationId: string | null;
  /** The changed values, never secrets. */
  readonly before?: object | null;
  readonly after?: object | null;
}

export interface AuditFilter {
  readonly tenantId?: string | undefined;
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly resourceId?: string | undefined;
  readonly operationId?: string | undefined;
  readonly outcome?: AuditOutcome | undefined;
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
}

/** An entry as it is read. */
export interface AuditRecord {
  readonly id: string;
  readonly tenantId: string | null;
  readonly actor: string;
  readonly keyId: string | null;
  readonly address: string | null;
  readonly userAgent: string | null;
  readonly action: string;
  readonly resource: { readonly kind: string; readonly id: string; readonly name: string };
  readonly outcome: AuditOutcome;
  readonly reason: string | null;
  readonly requestId: string | null;
  readonly operationId: string | null;
  readonly before: unknown;
  readonly after: unknown;
  readonly at: Date;
}

const positionSchema = z.strictObject({ before: z.string().regex(/^[1-9][0-9]{0,17}$/) });

/** Reads of the audit, and entries for actions that change no record. */
export function createAudit(prisma: PrismaClient, asTenant: TenantScope) {
  return {
    /** Newest first: one tenant's entries; with null all, for the installation's administrators. */
    async list(
      scope: string | null,
      { tenantId, actor, action, resourceId, operationId, outcome, since, until }: AuditFilter,
      { pageSize, pageToken }: PageRequest,
    ): Promise<{ readonly items: readonly AuditRecord[]; readonly nextPageToken: string | null }> {
      const where: Prisma.AuditEntryWhereInput = {
        ...(scope === null ? {} : { AND: { tenantId: scope } }),
        ...(tenantId === undefined ? {} : { tenantId }),
        ...(actor === undefined ? {} : { actor }),
        ...(action === undefined ? {} : { action }),
        ...(resourceId === undefined ? {} : { resourceId }),
        ...(operationId === undefined ? {} : { operationId }),
        ...(outcome === undefined ? {} : { outcome }),
        ...(since === undefined && until === undefined
          ? {}
          : { at: { ...(since === undefined ? {} : { gte: since }), ...(until === undefined ? {} : { lt: until }) } }),
        ...(pageToken === null ? {} : { id: { lt: BigInt(placeOf(positionSchema, pageToken).before) } }),
      };
      const find = (tx: Executor) => tx.auditEntry.findMany({ where, orderBy: { id: 'desc' }, take: pageSize + 1 });
      const rows = await translated('list the audit', () => (scope === null ? find(prisma) : asTenant(scope, find)));
      const shown = rows.slice(0, pageSize);
      const last = shown.at(-1);
      const nextPageToken =
        rows.length > pageSize && last !== undefined ? pageTokenOf({ before: String(last.id) }) : null;
      return { items: shown.map(auditRecord), nextPageToken };
    },

    /** Records an action that changes no record, such as a refusal or the reading of a password. */
    async write(entry: AuditEntry): Promise<void> {
      await translated('write the audit entry', () => writeAudit(prisma, entry, new Date()));
    },
  };
}

/** Writes an entry, in the transaction of the action that it records, so that neither exists without the other. */
export async function writeAudit(executor: Executor, entry: AuditEntry, at: Date): Promise<void> {
  const { resource, origin, action, before = null, after = null, ...rest } = entry;
  const { keyId = null, address = null, userAgent = null } = origin ?? {};
  await executor.auditEntry.create({
    data: {
      ...rest,
      keyId,
      address,
      userAgent,
      action,
      resourceKind: action.split('.', 1)[0] ?? '',
      resourceId: resource.id,
      resourceName: resource.name,
      before: before === null ? Prisma.DbNull : json(before),
      after: after === null ? Prisma.DbNull : json(after),
      at,
    },
    select: { id: true },
  });
}

/** Writes the entry of a change without an operation, which its own transaction completes. */
export async function auditChange(
  tx: Executor,
  { actor, requestId = null, origin = null }: Author,
  change: Pick<AuditEntry, 'tenantId' | 'action' | 'resource' | 'before' | 'after'>,
): Promise<void> {
  const entry = { ...change, actor, requestId, origin, outcome: 'succeeded', operationId: null } as const;
  await writeAudit(tx, entry, new Date());
}

function auditRecord(row: Prisma.AuditEntryGetPayload<object>): AuditRecord {
  const { id, resourceKind, resourceId, resourceName, outcome, ...rest } = row;
  const resource = { kind: resourceKind, id: resourceId, name: resourceName };
  return { id: String(id), ...rest, resource, outcome: outcome as AuditOutcome };
}
