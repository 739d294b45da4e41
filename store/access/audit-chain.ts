import { createHash } from 'node:crypto';
import { createClient } from '../connection/client';
import { translated } from '../connection/errors';
import type { Executor, Prisma, PrismaClient } from '../connection/executor';
import { migrate } from '../connection/migrate';
import type { KeyStoreSettings } from './key-store';

/** A place in the chain and its digest, which vouches for all entries before. */
export interface ChainHead {
  /** From 1; 0 for an empty chain. */
  readonly place: number;
  /** SHA-256 in hexadecimal. */
  readonly digest: string;
}

export interface Verification {
  readonly head: ChainHead;
  /** Entries that are not yet in the chain. */
  readonly waiting: number;
  /** Differences from what was written, a sentence each, up to `maxProblems`. */
  readonly problems: readonly string[];
}

/** The number of the advisory lock for sealing. */
const sealingLock = 5_754_796;

/** Entries sealed in one transaction, and verified together. */
const batchSize = 500;

/** Problems that are reported. A changed entry does not hide problems after it. */
const maxProblems = 20;

const beginning: ChainHead = { place: 0, digest: '0'.repeat(64) };

type Entry = Prisma.AuditEntryGetPayload<object>;

/** The hash chain over audit entries, which makes later changes evident. */
export function createAuditChain(prisma: PrismaClient) {
  return {
    /** Seals entries committed since the last call. Concurrent calls take turns. */
    async seal(): Promise<void> {
      for (let sealed = batchSize; sealed === batchSize; ) {
        sealed = await translated('seal the audit', () => prisma.$transaction((tx) => sealBatch(tx)));
      }
    },

    /**
     * Reads the whole chain and recomputes it.
     *
     * @param earlierHeads earlier heads, kept elsewhere: only they reveal a chain that was rewritten from some place on
     */
    async verify(earlierHeads: readonly ChainHead[] = []): Promise<Verification> {
      const problems: string[] = [];
      const expected = new Map(earlierHeads.map((head) => [head.place, head.digest]));
      let head = beginning;
      for (;;) {
        const batch = await translated('read the chain', () => sealsAfter(prisma, head.place));
        for (const { place, digest, entry, entryId } of batch) {
          const actual = digest.toString('hex');
          if (place !== head.place + 1) problems.push(`place ${head.place + 1} of the chain is missing`);
          if (entry === null) problems.push(`entry ${entryId} at place ${place} is missing`);
          else if (actual !== digestAfter(head.digest, entry))
            problems.push(`entry ${entryId} at place ${place} was changed`);
          if (expected.has(place) && expected.get(place) !== actual)
            problems.push(`place ${place} does not match the known digest`);
          expected.delete(place);
          head = { place, digest: actual };
        }
        if (batch.length < batchSize) break;
      }
      for (const place of expected.keys()) problems.push(`place ${place} of the chain is missing`);
      const { waiting, unknown } = await translated('look up unsealed entries', () => notSealed(prisma));
      if (unknown > 0) problems.push(`${unknown} entries are neither sealed nor waiting to be sealed`);
      return { head, waiting, problems: problems.slice(0, maxProblems) };
    },
  };
}

/** The chain alone, for the command that verifies it. Throws when the schema is refused or the store is unavailable. */
export async function openAuditChain(settings: KeyStoreSettings) {
  await migrate(settings);
  const { prisma, close } = createClient(settings);
  return { ...createAuditChain(prisma), close };
}

/** @returns how many were sealed */
async function sealBatch(tx: Executor): Promise<number> {
  await tx.$queryRaw`SELECT 1 FROM pg_advisory_xact_lock(${sealingLock})`;
  const queued = await tx.auditUnsealed.findMany({ orderBy: { entryId: 'asc' }, take: batchSize });
  if (queued.length === 0) return 0;
  const ids = queued.map(({ entryId }) => entryId);
  const entries = await tx.auditEntry.findMany({ where: { id: { in: ids } }, orderBy: { id: 'asc' } });
  const last = await tx.auditSeal.findFirst({ orderBy: { place: 'desc' } });
  let head =
    last === null ? beginning : { place: Number(last.place), digest: Buffer.from(last.digest).toString('hex') };
  const seals = entries.map((entry) => {
    head = { place: head.place + 1, digest: digestAfter(head.digest, entry) };
    return { place: head.place, entryId: entry.id, digest: new Uint8Array(Buffer.from(head.digest, 'hex')) };
  });
  await tx.auditSeal.createMany({ data: seals });
  await tx.auditUnsealed.deleteMany({ where: { entryId: { in: ids } } });
  return queued.length;
}

async function sealsAfter(prisma: PrismaClient, place: number) {
  const seals = await prisma.auditSeal.findMany({
    where: { place: { gt: place } },
    orderBy: { place: 'asc' },
    take: batchSize,
  });
  const entries = await prisma.auditEntry.findMany({ where: { id: { in: seals.map(({ entryId }) => entryId) } } });
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  return seals.map((seal) => ({
    place: Number(seal.place),
    entryId: seal.entryId,
    digest: Buffer.from(seal.digest),
    entry: byId.get(seal.entryId) ?? null,
  }));
}

async function notSealed(prisma: PrismaClient): Promise<{ readonly waiting: number; readonly unknown: number }> {
  const [row] = await prisma.$queryRaw<{ waiting: number; unknown: number }[]>`
    SELECT (SELECT count(*)::int FROM audit_unsealed) AS waiting,
      (SELECT count(*)::int FROM audit_entries
        WHERE NOT EXISTS (SELECT FROM audit_seals WHERE entry_id = audit_entries.id)
          AND NOT EXISTS (SELECT FROM audit_unsealed WHERE entry_id = audit_entries.id)) AS unknown`;
  return row ?? { waiting: 0, unknown: 0 };
}

/** The digest of an entry and all before it, over its fields in this order, as the store returns them. */
function digestAfter(previous: string, entry: Entry): string {
  const fields = [
    String(entry.id),
    entry.tenantId,
    entry.actor,
    entry.keyId,
    entry.address,
    entry.userAgent,
    entry.action,
    entry.resourceKind,
    entry.resourceId,
    entry.resourceName,
    entry.outcome,
    entry.reason,
    entry.requestId,
    entry.operationId,
    entry.before,
    entry.after,
    entry.at.toISOString(),
  ];
  return createHash('sha256').update(previous).update(JSON.stringify(fields)).digest('hex');
}
