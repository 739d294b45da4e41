import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import type { Command } from '../../process/command';
import { runTests } from '../run-tests';

/** Prints its seed, which replays the run. */
async function run(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { cases: { type: 'string', default: '10000' }, seed: { type: 'string' } },
  });
  const seed = values.seed ?? String(randomInt(2 ** 31));
  process.stderr.write(`fuzz: ${values.cases} cases, seed ${seed}\n`);
  return runTests(['test/promises/fuzz'], { SLIPWAY_FUZZ_CASES: values.cases, SLIPWAY_FUZZ_SEED: seed });
}

export const fuzz: Command = {
  summary: 'send random requests to every route',
  usage: 'fuzz [--cases 10000] [--seed SEED]',
  run,
};
