import type { RequestedKind } from '../../databases/operations';
import {
  allStoreCases,
  allTemporalCases,
  commitsOf,
  outages,
  sampleOfStoreCases,
  sampleOfTemporalCases,
} from './parts-cases';
import { type PartsFaults, startPartsFaults } from './parts-run';

/** All of it by `npm run faults`. */
const full = process.env.SLIPWAY_FAULTS === 'full';
const storeCases = full ? allStoreCases : sampleOfStoreCases();
const temporalCases = full ? allTemporalCases : sampleOfTemporalCases();

let faults: PartsFaults;
beforeAll(async () => {
  faults = await startPartsFaults(full ? 10_000 : 1_000);
});
afterAll(async () => {
  await faults?.stop();
});

if (full) {
  test.each(Object.entries(commitsOf))('%s makes %d commits, or more', async (kind, count) => {
    expect(await faults.countCommits(kind as RequestedKind)).toBeGreaterThanOrEqual(count);
  });
}

test('the sample has both moments of a commit, and both outages of Temporal', () => {
  expect(new Set(sampleOfStoreCases().map(({ moment }) => moment))).toEqual(new Set(['before', 'unreported']));
  expect(new Set(sampleOfTemporalCases().map(({ outage }) => outage))).toEqual(new Set(outages));
});

test.each(storeCases)('$kind: the store’s connection is cut at commit $nth, $moment (D22)', async (one) => {
  await faults.runStore(one);
});

test.each(temporalCases)('$kind: $outage of Temporal at $point.activity, $point.moment', async (one) => {
  await faults.runTemporal(one);
});
