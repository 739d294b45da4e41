import { batchesOf, expectEach } from '../../support/batches';
import { dockerFaults } from '../../support/docker-faults';
import { allDockerCases, callsOf, labelOf, sampleOfDockerCases, type TriedKind } from './docker-cases';
import { type DockerFaults, startDockerFaults } from './docker-run';

/** All of it by `npm run try -- faults`; every call and every fault by `npm test`. */
const full = process.env.SLIPWAY_FAULTS === 'full';
const cases = full ? allDockerCases : sampleOfDockerCases();
/** Those that make every call between them are enough to see that the table is not stale. */
const recorded: readonly TriedKind[] = full
  ? (Object.keys(callsOf) as TriedKind[])
  : ['create', 'update', 'pause', 'resume', 'delete'];

/** What a worker asks its engine for besides operations. */
const callsOfWorker = ['GET /version', 'GET /info'];

/** So many cases at once, each on a Slipway of its own: most of the time goes by in waiting. */
const laneCount = 4;
const lanes: DockerFaults[] = [];
const lane = (index: number) => lanes[index] as DockerFaults;
beforeAll(async () => {
  // Longer than a call waits: it is given up, and carried out all the same.
  const settings = { silenceMs: full ? 30_000 : 5_000, callTimeoutMs: 2_000, longCallTimeoutMs: 4_000 };
  while (lanes.length < laneCount) lanes.push(await startDockerFaults(settings));
});
afterAll(async () => {
  await Promise.all(lanes.map((lane) => lane.stop()));
});

test.each(recorded)('the table has every call of %s', async (kind) => {
  const calls = (await lane(0).record(kind)).filter((call) => !callsOfWorker.includes(call));
  expect(Object.keys(callsOf[kind]).sort()).toEqual([...new Set(calls)].sort());
  for (const [call, count] of Object.entries(callsOf[kind])) {
    expect({ call, made: calls.filter((made) => made === call).length >= count }).toEqual({ call, made: true });
  }
});

test('the sample has every call, and every fault', () => {
  const of = (key: 'call' | 'fault', among = sampleOfDockerCases()) => new Set(among.map((one) => one[key]));
  expect(of('call')).toEqual(of('call', [...allDockerCases]));
  expect(of('fault')).toEqual(new Set(dockerFaults));
});

/** By kind, so that one can be run alone (`-t '^create: '`); the sample has few of each. */
const batches = batchesOf(cases, { size: laneCount, alike: ({ kind }) => (full ? kind : 'any'), labelOf });

test.each(batches)('$labels (A11, C08)', async ({ batch }) => {
  await expectEach(batch, labelOf, (one, index) => lane(index).run(one));
});
