import { setTimeout as delay } from 'node:timers/promises';
import { explain } from '../machine/stages';
import type { Child } from './children';
import { type PartName, partNames, type Stack } from './stack';

const retryMs = 1_000;

export interface Supervisor {
  /** Restarts parts that are running. */
  replace(parts: readonly PartName[]): void;
  /** Ends all restarts from now on. */
  end(): void;
}

/**
 * Reports a part of a running stack that has died, and restarts it until it is ready.
 *
 * @param restarted called when a part is ready again
 */
export function supervise(stack: Stack, restarted: (part: PartName) => void): Supervisor {
  // Restarts of one part are sequential, those of two parts concurrent: one part may need the other.
  const turns = new Map<PartName, Promise<void>>();
  const waiting = new Set<PartName>();
  const replaced = new WeakSet<Child>();
  let ended = false;

  function restart(part: PartName): void {
    // A restart that has not begun covers every request until then.
    if (waiting.has(part)) return;
    waiting.add(part);
    const turn = (turns.get(part) ?? Promise.resolve()).then(() => {
      waiting.delete(part);
      return startAnew(part);
    });
    turns.set(part, turn);
  }

  async function startAnew(part: PartName): Promise<void> {
    while (!ended) {
      try {
        const child = stack.part(part);
        if (child !== undefined) replaced.add(child);
        await child?.stop();
        if (ended) return;
        await stack.start(part);
        watch(part);
        return restarted(part);
      } catch (error) {
        if (ended) return;
        explain(error);
        await delay(retryMs);
      }
    }
  }

  function watch(part: PartName): void {
    const child = stack.part(part);
    void child?.ended.then((how) => {
      if (ended || replaced.has(child)) return;
      process.stderr.write(`! ${part} (process ${child.pid}) ended: ${how}; starting it anew; ${child.lastWords()}\n`);
      restart(part);
    });
  }

  for (const part of partNames) watch(part);
  return {
    replace(parts) {
      for (const part of parts) restart(part);
    },
    end() {
      ended = true;
    },
  };
}
