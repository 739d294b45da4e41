import { randomUUID } from 'node:crypto';
import type { Store } from '../store/store';

/** Passes that a process may miss before another takes over. */
const missedPasses = 3;

/**
 * The body of a loop that runs in one process at a time: a pass takes or renews a lease, and does nothing while another
 * process has it. After the holder has ended, another takes over within three intervals. A pass that takes longer than
 * that may overlap with another process's.
 */
export function inOneProcess(
  { store, name, intervalMs }: { readonly store: Store; readonly name: string; readonly intervalMs: number },
  run: () => Promise<void>,
): () => Promise<void> {
  const holder = randomUUID();
  return async () => {
    if (await store.leases.take(name, holder, missedPasses * intervalMs)) await run();
  };
}
