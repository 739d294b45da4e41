import { setTimeout as delay } from 'node:timers/promises';
import { explain } from '../machine/stages';
import type { Child } from './children';
import { type PartName, partNames, type Stack } from './stack';

const retryMs = 1_000;

export interface Supervisor {
  /** Starts parts anew that run. */
  replace(parts: readonly PartName[]): void;
  /** From now on nothing is started anew. */
  end(): void;
}

/**
 * Says which part of a running stack has died, and starts it anew: again and again until it does its work.
 *
 * @param restarted called when a part does its work again
 */
export function supervise(stack: Stack, restarted: (part: PartName) => void): Supervisor {
  // A part's restarts are one after the other, and those of two parts side by side: one may need the other.
  const turns = new Map<PartName, Promise<void>>();
  const waiting = new Set<PartName>();
  const replaced = new WeakSet<Child>();
  let ended = false;

  function restart(part: PartName): void {
    // One that has not begun serves whatever is asked until then.
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
