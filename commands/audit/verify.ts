import type { AuditChain, Verification } from '../../store/access/audit-chain';
import type { ChainHead } from '../../store/access/audit-links';
import { verifyArchive } from './archive-file';

/**
 * Seals what is new and recomputes the whole chain: of the archives, oldest first, and of the store.
 *
 * @param known earlier heads, kept elsewhere
 */
export async function verify(
  chain: AuditChain,
  archives: readonly string[],
  known: readonly ChainHead[],
): Promise<Verification> {
  const problems: string[] = [];
  let expected = known;
  let previous: ChainHead | null = null;
  for (const file of archives) {
    const found = await verifyArchive(file, expected);
    problems.push(...found.problems.map((problem) => `${file}: ${problem}`));
    if (previous !== null && !isSame(previous, found.after))
      problems.push(`${file} does not begin where the archive before it ends`);
    expected = found.unmet;
    previous = found.head;
  }
  // The store's own chain begins where the newest archive ends.
  await chain.seal();
  const start = await chain.start();
  if (previous !== null && !isSame(previous, start))
    problems.push(
      `the archives end at place ${previous.place}, and the chain in the store begins after place ${start.place}`,
    );
  const inStore = await chain.verify(expected);
  return { ...inStore, problems: [...problems, ...inStore.problems] };
}

function isSame(one: ChainHead, other: ChainHead): boolean {
  return one.place === other.place && one.digest === other.digest;
}
