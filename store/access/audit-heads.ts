import { translated } from '../connection/errors';
import { type Executor, Prisma, type PrismaClient } from '../connection/executor';
import { type Author, auditChange } from './audit';
import { beginning, type ChainHead } from './audit-links';

/** The number of the advisory lock for archives. */
const archiveLock = 5_754_798;

/** Entries removed in one transaction. */
const batchSize = 1_000;

/** The part of the audit that is in archives: nothing else may be removed, which triggers ensure. */
export function createArchivedAudit(prisma: PrismaClient) {
  return {
    /** Where the chain in the store begins: the end of its newest archive. */
    async start(): Promise<ChainHead> {
      return translated('read the head of the archives', () => newestHead(prisma));
    },

    /**
     * Records that the chain up to `head` is in an archive, which began after `start`. Throws if another archive was
     * recorded meanwhile. Nothing is removed yet.
     */
    async archived(start: ChainHead, head: ChainHead, author: Author): Promise<void> {
      await translated('record the archive', () =>
        prisma.$transaction(async (tx) => {
          await tx.$queryRaw`SELECT 1 FROM pg_advisory_xact_lock(${archiveLock})`;
          const { place } = await newestHead(tx);
          if (place !== start.place) throw new Error(`another archive was made meanwhile, up to place ${place}`);
          const digest = new Uint8Array(Buffer.from(head.digest, 'hex'));
          await tx.auditHead.create({ data: { place: head.place, digest } });
          await auditChange(tx, author, {
            tenantId: null,
            action: 'audit.archive',
            resource: { id: String(head.place), name: '' },
            before: start,
            after: head,
          });
        }),
      );
    },

    /** Removes the entries that are in archives, and their seals. May be repeated. */
    async removeArchived(): Promise<void> {
      const { place } = await translated('read the head of the archives', () => newestHead(prisma));
      for (let removed = batchSize; removed === batchSize; ) {
        removed = await translated('remove archived entries', () =>
          prisma.$transaction((tx) => removeBatch(tx, place)),
        );
      }
    },
  };
}

async function newestHead(executor: Executor): Promise<ChainHead> {
  const row = await executor.auditHead.findFirst({ orderBy: { place: 'desc' } });
  return row === null ? beginning : { place: Number(row.place), digest: Buffer.from(row.digest).toString('hex') };
}

/** @returns how many were removed */
async function removeBatch(tx: Executor, place: number): Promise<number> {
  await tx.$queryRaw`SELECT 1 FROM pg_advisory_xact_lock(${archiveLock})`;
  const oldest = Prisma.sql`audit_seals WHERE place <= ${place} ORDER BY place LIMIT ${batchSize}`;
  // The owner of the tables has revoked this right from itself. Nobody else sees the grant before it is revoked again.
  await tx.$executeRaw`GRANT DELETE ON audit_entries, audit_seals TO CURRENT_USER`;
  await tx.$executeRaw`DELETE FROM audit_entries WHERE id IN (SELECT entry_id FROM ${oldest})`;
  const removed = await tx.$executeRaw`DELETE FROM audit_seals WHERE place IN (SELECT place FROM ${oldest})`;
  await tx.$executeRaw`REVOKE DELETE ON audit_entries, audit_seals FROM CURRENT_USER`;
  return removed;
}
