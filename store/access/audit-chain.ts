import { createHash } from 'node:crypto';
import { createClient, type Executor, type Prisma, type PrismaClient } from '../connection/client';
import { translated } from '../connection/errors';
import { migrate } from '../connection/migrate';
import type { KeyStoreSettings } from './key-store';

/** A place in the chain, and the digest that stands there: it vouches for all entries before. */
export interface ChainHead {
  /** From 1; 0 for the beginning. */
  readonly place: number;
  /** SHA-256 in hexadecimal digits. */
  readonly digest: string;
}

export interface Verification {
  readonly head: ChainHead;
  /** Entries that are not in the chain yet. */
  readonly waiting: number;
  /** What is not as it was written, one sentence each; the first ones. */
  readonly problems: readonly string[];
}

/** PostgreSQL's number for the sealing among all advisory locks of a server's database. */
const sealingLock = 5_754_796;

/** Entries that are sealed in one transaction, and read together to be checked. */
const batchSize = 500;

/** Problems that are told; where one entry was changed, nothing behind it is hidden by it. */
const mostProblems = 20;

const beginning: ChainHead = { place: 0, digest: '0'.repeat(64) };

type Entry = Prisma.AuditEntryGetPayload<object>;

/** The chain of the audit's entries, by which a change of what was written is seen. */
export function createAuditChain(prisma: PrismaClient) {
  return {
    /** Chains what was committed since the last time. Two at once do it one after the other. */
    async seal(): Promise<void> {
      for (let sealed = batchSize; sealed === batchSize; ) {
        sealed = await translated('seal the audit', () => prisma.$transaction((tx) => sealBatch(tx)));
      }
    },

    /**
     * Reads the whole chain and computes it anew.
     *
     * @param known heads of earlier, kept elsewhere: who rewrote the chain from some place on is found by them alone
     */
    async verify(known: readonly ChainHead[] = []): Promise<Verification> {
      const problems: string[] = [];
      const expected = new Map(known.map((head) => [head.place, head.digest]));
      let head = beginning;
      for (;;) {
        const batch = await translated('read the chain', () => sealsAfter(prisma, head.place));
        for (const { place, digest, entry, entryId } of batch) {
          const found = digest.toString('hex');
          if (place !== head.place + 1) problems.push(`place ${head.place + 1} of the chain is missing`);
          if (entry === null) problems.push(`entry ${entryId} at place ${place} is missing`);
          else if (found !== digestAfter(head.digest, entry))
            problems.push(`entry ${entryId} at place ${place} was changed`);
          if (expected.has(place) && expected.get(place) !== found)
            problems.push(`place ${place} does not match the known digest`);
          expected.delete(place);
          head = { place, digest: found };
        }
        if (batch.length < batchSize) break;
      }
      for (const place of expected.keys()) problems.push(`place ${place} of the chain is missing`);
      const { waiting, unknown } = await translated('look up unsealed entries', () => notSealed(prisma));
      if (unknown > 0) problems.push(`${unknown} entries are neither sealed nor waiting to be sealed`);
      return { head, waiting, problems: problems.slice(0, mostProblems) };
    },
  };
}

/** The chain alone, for the command that checks it. Throws when the schema is refused or the store is away. */
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

/** The digest of an entry and of all before it. Its fields stand in this order, as the store gives them. */
function digestAfter(previous: string, entry: Entry): string {
  const said = [
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
  return createHash('sha256').update(previous).update(JSON.stringify(said)).digest('hex');
}
