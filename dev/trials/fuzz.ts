import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { testCommand } from '../run-tests';

const { values } = parseArgs({
  options: { cases: { type: 'string', default: '10000' }, seed: { type: 'string' } },
});
const seed = values.seed ?? String(randomInt(2 ** 31));

/** Requests of every kind on every route; the seed that is printed replays them. */
process.stderr.write(`fuzz: ${values.cases} cases, seed ${seed}\n`);
testCommand(['test/promises/fuzz'], { SLIPWAY_FUZZ_CASES: values.cases, SLIPWAY_FUZZ_SEED: seed });
