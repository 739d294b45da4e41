import { readUsage, usageOf } from '../../agent/usage';
import { createMemoryBackend } from '../../containers/memory';
import { createStarted, newFixture } from '../containers/fixtures';

const counters = { memoryBytes: 5, memoryLimitBytes: 9, receivedBytes: 1, sentBytes: 2, readBytes: 3, writtenBytes: 4 };
const reading = (ms: number, cpuNanoseconds: number) => ({ ...counters, at: new Date(ms), cpuNanoseconds });

test.each([
  { title: 'one and a half CPUs are 150 percent of one', first: [0, 1e9], second: [200, 1.3e9], percent: 150 },
  { title: 'no use is 0', first: [0, 7], second: [250, 7], percent: 0 },
  { title: 'a start in between counts from zero', first: [0, 9e9], second: [100, 25e6], percent: 25 },
  { title: 'two readings in one moment are a millisecond apart', first: [0, 0], second: [0, 1e6], percent: 100 },
])('$title', ({ first, second, percent }) => {
  const [a = 0, b = 0] = first;
  const [c = 0, d = 0] = second;
  expect(usageOf(reading(a, b), reading(c, d))).toEqual({
    readAt: new Date(c).toISOString(),
    cpuNanoseconds: d,
    cpuPercentOfOneCpu: percent,
    cpuSampleMs: Math.max(1, c - a),
    memoryBytes: 5,
    memoryLimitBytes: 9,
    networkReceivedBytes: 1,
    networkSentBytes: 2,
    diskReadBytes: 3,
    diskWrittenBytes: 4,
  });
});

test('what does not run, or ends between the readings, has no use and says why', async () => {
  const backend = createMemoryBackend();
  const fixture = await newFixture('usage', 'slipway/postgres:17');
  const { name, labels } = fixture;
  const read = () => readUsage(backend, name, {}, 1);
  expect(await read()).toEqual({ state: 'gone', usage: null });
  await createStarted(backend, fixture);
  expect(await read()).toMatchObject({ state: 'running', usage: { cpuPercentOfOneCpu: 0 } });
  await backend.pauseContainer(name, labels);
  expect(await read()).toEqual({ state: 'paused', usage: null });
  await backend.startContainer(name, labels);
  let readings = 0;
  backend.intercept = {
    after: async (call) => {
      if (call === 'stats' && ++readings === 1) await backend.stopContainer(name, labels);
    },
  };
  expect(await read()).toEqual({ state: 'stopped', usage: null });
  expect(await read()).toEqual({ state: 'stopped', usage: null });
});
