import type { RequestedKind } from '../../../domain/operations/operations';
import { batchesOf, expectEach } from '../../support/batches';
import {
  allStoreCases,
  allTemporalCases,
  commitsOf,
  outages,
  sampleOfStoreCases,
  sampleOfTemporalCases,
  storeLabelOf,
  temporalLabelOf,
} from './parts-cases';
import { type PartsFaults, startPartsFaults } from './parts-run';

/** All of it by `npm run try -- faults`. */
const full = process.env.SLIPWAY_FAULTS === 'full';
const storeCases = full ? allStoreCases : sampleOfStoreCases();
const temporalCases = full ? allTemporalCases() : sampleOfTemporalCases();

/** So many cases at once, each on a Slipway of its own: most of the time goes by in waiting. */
const laneCount = 4;
const lanes: PartsFaults[] = [];
const lane = (index: number) => lanes[index] as PartsFaults;
beforeAll(async () => {
  while (lanes.length < laneCount) lanes.push(await startPartsFaults(full ? 10_000 : 1_000));
});
afterAll(async () => {
  await Promise.all(lanes.map((lane) => lane.stop()));
});

if (full) {
  test.each(Object.entries(commitsOf))('%s makes %d commits, or more', async (kind, count) => {
    expect(await lane(0).countCommits(kind as RequestedKind)).toBeGreaterThanOrEqual(count);
  });
}

test('the sample has both moments of a commit, and both outages of Temporal', () => {
  expect(new Set(sampleOfStoreCases().map(({ moment }) => moment))).toEqual(new Set(['before', 'unreported']));
  expect(new Set(sampleOfTemporalCases().map(({ outage }) => outage))).toEqual(new Set(outages));
});

/** By kind, so that one can be run alone (`-t '^create: '`); the sample has few of each. */
const alike = ({ kind }: { readonly kind: RequestedKind }) => (full ? kind : 'any');

test.each(batchesOf(storeCases, { size: laneCount, alike, labelOf: storeLabelOf }))(
  '$labels (D22)',
  async ({ batch }) => {
    await expectEach(batch, storeLabelOf, (one, index) => lane(index).runStore(one));
  },
);

test.each(batchesOf(temporalCases, { size: laneCount, alike, labelOf: temporalLabelOf }))(
  '$labels',
  async ({ batch }) => {
    await expectEach(batch, temporalLabelOf, (one, index) => lane(index).runTemporal(one));
  },
);
