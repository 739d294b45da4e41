import { createHash } from 'node:crypto';
import type { Prisma } from '../connection/executor';

/** A place in the chain and its digest, which vouches for all entries before. */
export interface ChainHead {
  /** From 1; 0 for an empty chain. */
  readonly place: number;
  /** SHA-256 in hexadecimal. */
  readonly digest: string;
}

export type ChainEntry = Prisma.AuditEntryGetPayload<object>;

/** One place of the chain, as it was read. */
export interface ChainLink extends ChainHead {
  readonly entryId: bigint;
  /** Null if it is missing. */
  readonly entry: ChainEntry | null;
}

/** Before the first entry. */
export const beginning: ChainHead = { place: 0, digest: '0'.repeat(64) };

/** Problems that are reported. A changed entry does not hide problems after it. */
const maxProblems = 20;

/**
 * Follows a chain link by link, and recomputes it.
 *
 * @param start the head that the first link follows
 * @param known earlier heads, kept elsewhere: only they reveal a chain that was rewritten from some place on
 */
export function followChain(start: ChainHead, known: readonly ChainHead[] = []) {
  const problems: string[] = [];
  const expected = new Map(known.map((head) => [head.place, head.digest]));
  let head = start;
  compare(start);

  function compare({ place, digest }: ChainHead): void {
    if (expected.has(place) && expected.get(place) !== digest)
      problems.push(`place ${place} does not match the known digest`);
    expected.delete(place);
  }

  return {
    follow({ place, digest, entryId, entry }: ChainLink): void {
      if (place !== head.place + 1) problems.push(`place ${head.place + 1} of the chain is missing`);
      if (entry === null) problems.push(`entry ${entryId} at place ${place} is missing`);
      else if (digest !== digestAfter(head.digest, entry))
        problems.push(`entry ${entryId} at place ${place} was changed`);
      head = { place, digest };
      compare(head);
    },

    /** The last head so far, the known heads that were not met, and the differences, a sentence each. */
    end() {
      const unmet = [...expected].map(([place, digest]) => ({ place, digest }));
      return { head, unmet, problems: problems.slice(0, maxProblems) };
    },
  };
}

/** The digest of an entry and all before it, over its fields in this order, as the store returns them. */
export function digestAfter(previous: string, entry: ChainEntry): string {
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
