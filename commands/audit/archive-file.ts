import { type FileHandle, open } from 'node:fs/promises';
import {
  beginning,
  type ChainEntry,
  type ChainHead,
  type ChainLink,
  followChain,
} from '../../store/access/audit-links';

// An archive is a file of JSON lines: the head that it follows, each link of the chain, and the head that it ends with.

type Line =
  | { readonly after: ChainHead }
  | (ChainHead & { readonly entry: Omit<ChainEntry, 'id' | 'at'> & { readonly id: string; readonly at: string } })
  | { readonly head: ChainHead };

/** Writes an archive. Its file must not exist; only its owner can read it. */
export async function createArchiveFile(file: string, after: ChainHead) {
  const handle = await open(file, 'wx', 0o600);
  await writeLine(handle, { after });
  return {
    async write({ place, digest, entry }: ChainLink): Promise<void> {
      if (entry === null) throw new Error(`place ${place} has no entry`);
      await writeLine(handle, { place, digest, entry: { ...entry, id: String(entry.id), at: entry.at.toISOString() } });
    },

    /** Ends the archive; what was written is on the disk when this resolves. */
    async end(head: ChainHead): Promise<void> {
      await writeLine(handle, { head });
      await handle.sync();
      await handle.close();
    },

    close: () => handle.close(),
  };
}

async function writeLine(handle: FileHandle, line: Line): Promise<void> {
  await handle.appendFile(`${JSON.stringify(line)}\n`);
}

/** What was found in an archive. */
export interface ArchiveVerification {
  readonly after: ChainHead;
  readonly head: ChainHead;
  /** The known heads that are not in it. */
  readonly unmet: readonly ChainHead[];
  readonly problems: readonly string[];
}

/** Reads an archive and recomputes its chain. Throws for a file that is none, or was cut off. */
export async function verifyArchive(file: string, known: readonly ChainHead[]): Promise<ArchiveVerification> {
  let after: ChainHead | undefined;
  let end: ChainHead | undefined;
  let chain = followChain(beginning);
  const handle = await open(file);
  try {
    for await (const text of handle.readLines({ autoClose: false })) {
      const line = parse(file, text);
      if ('after' in line) {
        after = line.after;
        chain = followChain(after, known);
      } else if ('head' in line) end = line.head;
      else chain.follow(linkOf(line));
    }
  } finally {
    await handle.close();
  }
  if (after === undefined || end === undefined) throw new Error(`${file} is no whole archive of the audit`);
  const { head, unmet, problems } = chain.end();
  const isWhole = head.place === end.place && head.digest === end.digest;
  return { after, head, unmet, problems: isWhole ? problems : [...problems, `${file} does not end with its head`] };
}

function parse(file: string, text: string): Line {
  try {
    return JSON.parse(text) as Line;
  } catch {
    throw new Error(`${file} is no whole archive of the audit`);
  }
}

function linkOf({ place, digest, entry }: Extract<Line, { entry: unknown }>): ChainLink {
  const id = BigInt(entry.id);
  return { place, digest, entryId: id, entry: { ...entry, id, at: new Date(entry.at) } };
}
