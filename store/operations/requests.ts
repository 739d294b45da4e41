import { randomUUID } from 'node:crypto';
import { DatabaseError } from '../../domain/errors';
import { translated } from '../connection/errors';
import { type Executor, Prisma, type PrismaClient } from '../connection/executor';
import type * as generated from '../generated/client';

/** How long a process has to answer a request, in milliseconds; after that another may, as the first has died. */
const defaultLeaseMs = 10_000;

/** How long an Idempotency-Key is remembered. */
const retentionHours = 24;

/** Keys deleted by one statement. */
const batch = 10_000;

/** Seconds after which a retry makes sense while a request is being answered. */
const retryAfterSeconds = 1;

/** A request with an Idempotency-Key, and the process that answers it. */
export interface Claim {
  readonly tenantId: string;
  readonly key: string;
  readonly holder: string;
}

/** A stored answer. */
export interface KeptAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type Claimed =
  /** The caller answers. With `operationId` an earlier process carried the request out, and died before its answer. */
  { readonly claim: Claim; readonly operationId: string | null } | { readonly answer: KeptAnswer };

export interface RequestsSettings {
  readonly leaseMs?: number;
}

/** Requests with an Idempotency-Key: each is carried out once, and gets the same answer from then on. */
export function createRequests(prisma: PrismaClient, { leaseMs = defaultLeaseMs }: RequestsSettings = {}) {
  /** Releases an unanswered request for a retry. */
  async function release({ tenantId, key, holder }: Claim): Promise<void> {
    await translated(
      'release a request',
      () => prisma.$executeRaw`
        UPDATE requests SET lease_until = now()
        WHERE tenant_id = ${tenantId} AND key = ${key} AND holder = ${holder} AND status IS NULL`,
    );
  }

  /** Whether the request is new. It is looked up first, as an insert would wait for a concurrent one to commit. */
  async function inserted({ tenantId, key, holder }: Claim, fingerprint: string): Promise<boolean> {
    const count = await translated(
      'claim a request',
      () => prisma.$executeRaw`
        INSERT INTO requests (tenant_id, key, fingerprint, holder, lease_until)
        SELECT ${tenantId}, ${key}, ${fingerprint}, ${holder}, now() + ${leaseMs} * interval '1 millisecond'
        WHERE NOT EXISTS (SELECT 1 FROM requests WHERE tenant_id = ${tenantId} AND key = ${key})
        ON CONFLICT (tenant_id, key) DO NOTHING`,
    );
    return count === 1;
  }

  /** Empty when another process holds it. */
  async function takenOver({ tenantId, key, holder }: Claim): Promise<{ operation_id: string | null }[]> {
    return translated(
      'take a request over',
      () => prisma.$queryRaw<{ operation_id: string | null }[]>`
        UPDATE requests SET holder = ${holder}, lease_until = now() + ${leaseMs} * interval '1 millisecond'
        WHERE tenant_id = ${tenantId} AND key = ${key} AND status IS NULL AND lease_until <= now()
        RETURNING operation_id`,
    );
  }

  return {
    release,

    /**
     * Claims a request, or returns its stored answer. Throws `idempotency_mismatch` when the key was used for another
     * request, `request_in_progress`, and `answer_not_kept`.
     *
     * @param fingerprint identifies the request's content
     */
    async claim(tenantId: string, key: string, fingerprint: string): Promise<Claimed> {
      const claim = { tenantId, key, holder: randomUUID() };
      try {
        if (await inserted(claim, fingerprint)) return { claim, operationId: null };
        const row = await translated('read a request', () =>
          prisma.request.findUnique({ where: { tenantId_key: { tenantId, key } } }),
        );
        const answer = answerOf(row, fingerprint);
        if (answer !== null) return { answer };
        const [taken] = await takenOver(claim);
        if (taken !== undefined) return { claim, operationId: taken.operation_id };
      } catch (error) {
        // The claim may have succeeded, with only the reply lost. If the release fails too, the lease expires.
        if (!(error instanceof DatabaseError) || error.code === 'store_unavailable') {
          await release(claim).catch(() => undefined);
        }
        throw error;
      }
      throw inProgress();
    },

    /**
     * Stores a request's answer before it is sent. Throws `request_in_progress` when the lease expired and another
     * process answers: that answer stands.
     *
     * @param body null when it must not be stored
     */
    async keep(claim: Claim, { status, headers, body }: Omit<KeptAnswer, 'body'> & { readonly body: string | null }) {
      const { tenantId, key, holder } = claim;
      const { count } = await translated('store a response', () =>
        prisma.request.updateMany({
          where: { tenantId, key, holder, status: null },
          data: { status, headers: body === null ? Prisma.DbNull : headers, body },
        }),
      );
      if (count === 0) throw inProgress();
    },

    /** Deletes expired requests. */
    async prune(): Promise<void> {
      await translated(
        'delete old requests',
        () => prisma.$executeRaw`
          DELETE FROM requests WHERE (tenant_id, key) IN (
            SELECT tenant_id, key FROM requests
            WHERE created_at < now() - ${retentionHours} * interval '1 hour' ORDER BY created_at LIMIT ${batch})`,
      );
    },
  };
}

/**
 * Records the effect of a request in the transaction that causes it, so that it happens once, whenever a process dies.
 * Throws `request_in_progress` when the lease expired and another process answers the request.
 */
export async function recordDone(tx: Executor, claim: Claim | null, operationId: string): Promise<void> {
  if (claim === null) return;
  const { tenantId, key, holder } = claim;
  const noted = await tx.$executeRaw`
    UPDATE requests SET operation_id = ${operationId}
    WHERE tenant_id = ${tenantId} AND key = ${key} AND holder = ${holder} AND status IS NULL`;
  if (noted === 0) throw inProgress();
}

/** The stored answer; null when there is none yet. Throws for a request that can have none. */
function answerOf(row: generated.Request | null, fingerprint: string): KeptAnswer | null {
  if (row === null) throw inProgress();
  if (row.fingerprint !== fingerprint) {
    throw new DatabaseError('idempotency_mismatch', 'the Idempotency-Key was used for a different request');
  }
  const { status, headers, body } = row;
  if (status === null) return null;
  if (body !== null) return { status, headers: headers as KeptAnswer['headers'], body };
  const message = `the request was answered with ${status}; its response contained a secret and was not stored`;
  throw new DatabaseError('answer_not_kept', message);
}

function inProgress(): DatabaseError {
  const message = 'a request with this Idempotency-Key is still in progress; retry later';
  return new DatabaseError('request_in_progress', message, { retryAfterSeconds });
}
