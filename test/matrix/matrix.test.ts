import { actions, casesOf, sampleOf } from './cases';
import { createSteps, deleteSteps } from './recorded';
import { type Matrix, startMatrix } from './run';

/** All of it by `npm run matrix`; every point with one action each by `npm test`. */
const full = process.env.SLIPWAY_MATRIX === 'full';
const all = [...casesOf('create', createSteps), ...casesOf('delete', deleteSteps)];
const cases = full ? all : sampleOf(all);

let matrix: Matrix;
beforeAll(async () => {
  matrix = await startMatrix();
});
afterAll(async () => {
  await matrix?.stop();
});

test.each([
  { kind: 'create', recorded: createSteps },
  { kind: 'delete', recorded: deleteSteps },
] as const)('the matrix has every activity of a $kind', async ({ kind, recorded }) => {
  expect(await matrix.record(kind)).toEqual([...recorded]);
});

test('the sample has every point, and every action', () => {
  const points = new Set(all.map(({ kind, point }) => `${kind} ${point.activity} ${point.moment}`));
  expect(sampleOf(all).length).toBeGreaterThanOrEqual(points.size);
  for (const action of actions) expect(sampleOf(all).filter((one) => one.action === action).length).toBeGreaterThan(5);
});

test.each(cases)('$kind: $action at $point.activity, $point.moment (C08, C15, C19)', async (one) => {
  await matrix.run(one);
});
