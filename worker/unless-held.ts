import type { Store } from '../store/store';

/** The body of a loop that does nothing while the store is held after a restore. */
export function unlessHeld(
  { installation }: Pick<Store, 'installation'>,
  run: () => Promise<void>,
): () => Promise<void> {
  return async () => {
    const { held } = await installation.read();
    if (held === null) await run();
  };
}
