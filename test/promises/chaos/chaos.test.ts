import { type Chaos, startChaos } from './run';

/** `npm run try -- chaos --iterations N --seed S`; a few of them by `npm test`. */
const iterations = Number(process.env.SLIPWAY_CHAOS_ITERATIONS ?? 3);
const seed = Number(process.env.SLIPWAY_CHAOS_SEED ?? 1);
const isCommand = process.env.SLIPWAY_CHAOS_ITERATIONS !== undefined;

let chaos: Chaos;
beforeAll(async () => {
  chaos = await startChaos(seed);
});
afterAll(async () => {
  await chaos?.stop();
});

test(
  'random operations, a random fault each time: all comes to rest, and everything is true',
  async () => {
    for (let iteration = 0; iteration < iterations; iteration += 1) {
      const line = await chaos.iterate(iteration);
      if (isCommand) process.stderr.write(`${line}\n`);
    }
  },
  iterations * 300_000,
);
