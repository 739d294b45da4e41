import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { testCommand } from '../run-tests';

const { values } = parseArgs({
  options: { iterations: { type: 'string', default: '200' }, seed: { type: 'string' } },
});
const seed = values.seed ?? String(randomInt(2 ** 31));

/** Random operations and faults; the seed that is printed replays them. */
process.stderr.write(`chaos: ${values.iterations} iterations, seed ${seed}\n`);
testCommand(['test/promises/chaos', '--runInBand'], {
  SLIPWAY_CHAOS_ITERATIONS: values.iterations,
  SLIPWAY_CHAOS_SEED: seed,
});
