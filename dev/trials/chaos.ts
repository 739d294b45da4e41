import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { Command } from '../../process/command';
import { runTests } from '../run-tests';

/** Prints its seed, which replays the run. */
async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { iterations: { type: 'string', default: '200' }, seed: { type: 'string' } },
  });
  const seed = values.seed ?? String(randomInt(2 ** 31));
  process.stderr.write(`chaos: ${values.iterations} iterations, seed ${seed}\n`);
  return runTests(['test/promises/chaos', '--runInBand'], {
    SLIPWAY_CHAOS_ITERATIONS: values.iterations,
    SLIPWAY_CHAOS_SEED: seed,
  });
}

export const chaos: Command = {
  summary: 'run random operations with random faults',
  usage: 'chaos [--iterations 200] [--seed SEED]',
  run,
};
