import { createLoader, ImpureTest } from './loader';
import { installTestGlobals, runFile } from './run-tests';
import type { Answer, Order } from './workers';

// A process that runs test files for one order after another, and ends with its parent.

const loader = createLoader(process.argv[2] ?? '');
installTestGlobals();

/** Runs files in turn until one fails. */
async function carryOut({ tests, mutated }: Order): Promise<Answer> {
  const started = Date.now();
  const answer = (outcome: Answer['outcome']): Answer => ({ outcome, files: [...files], ms: Date.now() - started });
  const changes = new Map(mutated === null ? [] : [mutated]);
  const files = new Set<string>();
  try {
    for (const test of tests) {
      const result = await runFile(loader, test, changes);
      for (const file of result.files) files.add(file);
      if (!result.hasPassed) return answer('failed');
    }
  } catch (error) {
    if (error instanceof ImpureTest) return answer('impure');
    throw error;
  }
  return answer('passed');
}

process.on('disconnect', () => process.exit());
process.on('message', (order: Order) => {
  void carryOut(order).then((result) => process.send?.(result));
});
