import { createClient } from '../connection/client';
import { translated } from '../connection/errors';
import type { Executor, PrismaClient } from '../connection/executor';
import { migrate } from '../connection/migrate';
import { createArchivedAudit } from './audit-heads';
import { beginning, type ChainHead, type ChainLink, digestAfter, followChain } from './audit-links';
import type { KeyStoreSettings } from './key-store';

export interface Verification {
  readonly head: ChainHead;
  /** Entries that are not yet in the chain. */
  readonly waiting: number;
  /** Differences from what was written, a sentence each; the first twenty. */
  readonly problems: readonly string[];
}

/** The number of the advisory lock for sealing. */
const sealingLock = 5_754_796;

/** Entries sealed in one transaction, and verified together. */
const batchSize = 500;

/** The hash chain over audit entries, which makes later changes evident. */
export function createAuditChain(prisma: PrismaClient) {
  const { start, archived, removeArchived } = createArchivedAudit(prisma);

  /** The links after a place, in order. */
  async function* linksAfter(place: number): AsyncGenerator<ChainLink> {
    for (let after = place; ; ) {
      const batch = await translated('read the chain', () => readLinks(prisma, after));
      yield* batch;
      if (batch.length < batchSize) return;
      after = batch.at(-1)?.place ?? after;
    }
  }

  return {
    start,
    archived,
    removeArchived,
    linksAfter,

    /** Seals entries committed since the last call. Concurrent calls take turns. */
    async seal(): Promise<void> {
      for (let sealed = batchSize; sealed === batchSize; ) {
        sealed = await translated('seal the audit', () => prisma.$transaction((tx) => sealBatch(tx)));
      }
    },

    /**
     * Reads the whole chain, from the end of its archives, and recomputes it.
     *
     * @param known earlier heads, kept elsewhere: only they reveal a chain that was rewritten from some place on
     */
    async verify(known: readonly ChainHead[] = []): Promise<Verification> {
      const first = await start();
      const chain = followChain(first, known);
      for await (const link of linksAfter(first.place)) chain.follow(link);
      const { head, unmet, problems } = chain.end();
      const missing = unmet.map(({ place }) =>
        place < first.place
          ? `place ${place} is in an archive that was not given`
          : `place ${place} of the chain is missing`,
      );
      const { waiting, unknown } = await translated('look up unsealed entries', () => notSealed(prisma));
      const loose = unknown === 0 ? [] : [`${unknown} entries are neither sealed nor waiting to be sealed`];
      return { head, waiting, problems: [...problems, ...missing, ...loose] };
    },
  };
}

/** The chain alone, for the command that verifies it. Throws when the schema is refused or the store is unavailable. */
export async function openAuditChain(settings: KeyStoreSettings) {
  await migrate(settings);
  const { prisma, close } = createClient(settings);
  return { ...createAuditChain(prisma), close };
}

export type AuditChain = ReturnType<typeof createAuditChain>;

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

async function readLinks(prisma: PrismaClient, place: number): Promise<ChainLink[]> {
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
    digest: Buffer.from(seal.digest).toString('hex'),
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
