import { createMemoryBackend } from '../../../containers/memory';
import { memoryHost } from '../../../dev/memory-host';
import { DatabaseError } from '../../../domain/errors';
import { eventually } from '../../support/eventually';
import { newGate } from '../../support/gate';
import { expectTruth, untilAtRest } from '../../support/oracle';
import { gated, type Point } from '../../support/points';
import { type Slipway, startSlipway } from '../../support/slipway';
import { accept } from '../../support/verbs';

const backend = createMemoryBackend();
let notReady = false;
let atPoint: (operationId: string, point: Point) => Promise<void> = async () => undefined;
let slipway: Slipway;
beforeAll(async () => {
  const awaitReady = async (): Promise<void> => {
    if (notReady) throw new DatabaseError('not_ready', 'the engine did not become ready');
  };
  slipway = await startSlipway({
    ports: memoryHost(backend, { awaitReady }),
    env: { SLIPWAY_SWEEP_INTERVAL_MS: '200' },
    activities: (own) => gated(own, (operationId, point) => atPoint(operationId, point)),
  });
});
afterAll(async () => {
  await slipway?.stop();
});
afterEach(() => {
  backend.intercept = {};
  notReady = false;
  atPoint = async () => undefined;
});

const labelOf = ({ activity, moment }: Point): string => `${activity} ${moment}`;

/** Every point of a create that nothing disturbs, in order. */
async function pointsOfCreate(): Promise<Point[]> {
  const points: Point[] = [];
  atPoint = async (_operationId, point) => void points.push(point);
  const { id } = await accept(slipway.api, 'create', null);
  expect(await slipway.api.finished(id)).toMatchObject({ state: 'succeeded' });
  return points;
}

test('a cancel at every point of a create leaves nothing until its volume is marked, and a database from then on (M19)', async () => {
  const { api } = slipway;
  const points = await pointsOfCreate();
  const marked = points.findIndex((point) => labelOf(point) === 'markUsed unreported');
  expect(marked).toBeGreaterThan(0);
  const accepted = newGate();
  const waiting = new Map<string, Point>();
  const answers = new Map<string, number>();
  atPoint = async (operationId, point) => {
    await accepted.opened;
    const own = waiting.get(operationId);
    if (own === undefined || labelOf(own) !== labelOf(point) || answers.has(operationId)) return;
    answers.set(operationId, (await api.send('POST', `/v1/operations/${operationId}/cancel`)).status);
  };
  const operations = await Promise.all(points.map(() => accept(api, 'create', null)));
  for (const [index, { id }] of operations.entries()) waiting.set(id, points[index] as Point);
  accepted.open();
  const ends: object[] = [];
  for (const [index, { id, databaseId }] of operations.entries()) {
    const { state } = await api.finished(id);
    await untilAtRest(slipway, databaseId);
    const rest = await expectTruth(slipway, databaseId, null);
    ends.push({ point: labelOf(points[index] as Point), answer: answers.get(id), state, rest });
  }
  expect(ends).toEqual(
    points.map((point, index) =>
      index < marked
        ? { point: labelOf(point), answer: 202, state: 'cancelled', rest: 'gone' }
        : { point: labelOf(point), answer: 409, state: 'succeeded', rest: 'available' },
    ),
  );
});

test('a volume that turns out to be used when it is to be removed stays, and its database is recovered (M13)', async () => {
  const { api } = slipway;
  notReady = true;
  const { id, databaseId } = await accept(api, 'create', null);
  const volume = `slipway-${slipway.installation}-${databaseId}-primary`;
  // After the plan of the way back, which has found the volume unused.
  backend.intercept = {
    before: (call, name) => {
      if (call !== 'removeNetwork' || !name.includes(databaseId)) return;
      notReady = false;
      (backend.filesOf(volume) as Map<string, string>).set('slipway/used', '');
    },
  };
  expect(await api.finished(id)).toMatchObject({
    state: 'failed',
    error: { code: 'not_ready', details: { wayBack: { code: 'volume_has_data', details: { resource: volume } } } },
  });
  await eventually(async () => {
    expect((await api.send('GET', `/v1/databases/${databaseId}`)).body.state).toBe('available');
  });
  await untilAtRest(slipway, databaseId);
  expect(await expectTruth(slipway, databaseId, null)).toBe('available');
  expect(backend.filesOf(volume).has('slipway/used')).toBe(true);
  expect(backend.calls).not.toContain(`removeVolume ${volume}`);
});

test('a volume that nobody can read is left in place, although its create was cancelled (M18)', async () => {
  const { api } = slipway;
  const reached = newGate();
  const released = newGate();
  atPoint = async (_operationId, point) => {
    if (labelOf(point) !== 'ensureServer before') return;
    reached.open();
    await released.opened;
  };
  const { id, databaseId } = await accept(api, 'create', null);
  await reached.opened;
  const peek = backend.peekVolume;
  backend.peekVolume = async () => 'unreadable';
  try {
    await api.send('POST', `/v1/operations/${id}/cancel`);
    released.open();
    expect(await api.finished(id)).toMatchObject({ state: 'cancelled', warnings: [{ code: 'volume_kept' }] });
  } finally {
    backend.peekVolume = peek;
  }
  const left = await backend.list({ 'slipway.database': databaseId });
  expect(left.map(({ kind }) => kind)).toEqual(['volume']);
  expect((await api.send('GET', `/v1/databases/${databaseId}`)).status).toBe(404);
});
