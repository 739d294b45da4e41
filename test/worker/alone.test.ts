import { inOneProcess } from '../../worker/alone';
import { eventually } from '../support/eventually';
import { openTestStore, type TestStore } from '../support/test-store';

let bench: TestStore;
beforeAll(async () => {
  bench = await openTestStore();
});
afterAll(() => bench.close());

test('of several processes one carries out the passes, and another takes over after its end (M60)', async () => {
  const { store } = bench;
  const ran: string[] = [];
  const processOf = (id: string) =>
    inOneProcess({ store, name: 'sweep', intervalMs: 200 }, async () => void ran.push(id));
  const [first, second] = [processOf('first'), processOf('second')];

  for (const pass of [first, second, second, first, second]) await pass();
  expect(ran).toEqual(['first', 'first']);

  // The first has ended: its lease is not renewed.
  await eventually(async () => {
    await second();
    expect(ran).toContain('second');
  });
  await first();
  expect(ran.at(-1)).toBe('second');
});
