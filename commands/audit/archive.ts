import { rm } from 'node:fs/promises';
import type { AuditChain } from '../../store/access/audit-chain';
import { type ChainHead, type ChainLink, followChain } from '../../store/access/audit-links';
import { createArchiveFile, verifyArchive } from './archive-file';

/** What an archive has taken from the store. */
export interface Archived {
  readonly head: ChainHead;
  readonly entries: number;
}

/**
 * Moves the entries before a time from the store to a new file: writes them, reads the file again and recomputes its
 * chain, records its head as the beginning of the chain in the store, and only then removes them. The newest entry
 * always stays, and entries after the first that is not before the time stay with it. Completes an archive that was cut
 * off after its head was recorded.
 *
 * @returns null when there is nothing to archive: no file is left
 */
export async function archive(chain: AuditChain, before: Date, file: string): Promise<Archived | null> {
  await chain.removeArchived();
  await chain.seal();
  const start = await chain.start();
  const head = await writeVerified(chain, start, before, file);
  if (head === null) return null;
  await chain.archived(start, head, { actor: 'command' });
  await chain.removeArchived();
  return { head, entries: head.place - start.place };
}

/** Throws for a chain with problems, or a file that does not read as it was written; neither file nor change is left. */
async function writeVerified(
  chain: AuditChain,
  start: ChainHead,
  before: Date,
  file: string,
): Promise<ChainHead | null> {
  const written = await createArchiveFile(file, start);
  try {
    const followed = followChain(start);
    for await (const link of linksBefore(chain, start, before)) {
      followed.follow(link);
      refuse(followed.end().problems);
      await written.write(link);
    }
    const { head } = followed.end();
    await written.end(head);
    const { problems } = await verifyArchive(file, [head]);
    refuse(problems);
    if (head.place > start.place) return head;
  } catch (error) {
    await written.close();
    await rm(file);
    throw error;
  }
  await rm(file);
  return null;
}

/** The links to archive: up to the first entry that is not before the time, without the newest. */
async function* linksBefore(chain: AuditChain, start: ChainHead, before: Date): AsyncGenerator<ChainLink> {
  let held: ChainLink | undefined;
  for await (const link of chain.linksAfter(start.place)) {
    if (held !== undefined) yield held;
    if (link.entry !== null && link.entry.at >= before) return;
    held = link;
  }
}

function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new Error(`the chain is not intact, nothing was removed: ${problems.join('; ')}`);
}
