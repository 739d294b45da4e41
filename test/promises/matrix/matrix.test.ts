import { memoryHost } from '../../../dev/memory-host';
import { operationKinds } from '../../../domain/operations/kinds';
import { batchesOf } from '../../support/batches';
import { actions, casesOf, labelOf, type MatrixCase, needsEngines, sampleOf } from './cases';
import { recordedSteps } from './recorded';
import { type Matrix, startMatrix } from './run';

/** All of it by `npm run try -- matrix`; every point with one action each by `npm test`. */
const full = process.env.SLIPWAY_MATRIX === 'full';
/** A recovery is what follows a disturbed operation; an undelete and a purge need a deleted database. */
const kinds = operationKinds.filter((kind) => kind !== 'recover' && kind !== 'undelete' && kind !== 'purge');
const all = kinds.flatMap((kind) => casesOf(kind, recordedSteps(kind)));
const cases = full ? all : sampleOf(all);

/** Whether a case runs on Docker: all of them in the full set, and in the sample those that need engines. */
const isOnDocker = (one: MatrixCase): boolean => full || needsEngines(one);

let onDocker: Matrix;
let inMemory: Matrix;
beforeAll(async () => {
  onDocker = await startMatrix();
  inMemory = await startMatrix({ ports: memoryHost() });
});
afterAll(async () => {
  await onDocker?.stop();
  await inMemory?.stop();
});

test.each(kinds)('the matrix has every activity of %s', async (kind) => {
  const matrix = full ? onDocker : inMemory;
  expect([...new Set(await matrix.record(kind))].sort()).toEqual(recordedSteps(kind).sort());
});

test('the sample has every point, and every action', () => {
  const pointsOf = (cases: readonly MatrixCase[]) =>
    new Set(cases.map(({ point }) => `${point.activity} ${point.moment}`));
  expect(pointsOf(sampleOf(all))).toEqual(pointsOf(all));
  for (const action of actions) expect(sampleOf(all).filter((one) => one.action === action).length).toBeGreaterThan(5);
});

/** So many at once: a kill takes one worker for all of them, and waits are waited together. */
const batches = batchesOf(cases, { size: 6, alike: (one) => `${one.action} ${isOnDocker(one)}`, labelOf });

test.each(batches)('killed, cancelled or terminated: $labels (C08, C15, C19)', async ({ batch }) => {
  await (batch.every(isOnDocker) ? onDocker : inMemory).run(batch);
});
