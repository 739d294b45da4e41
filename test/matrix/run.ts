import { operations } from '../../databases/operations';
import { workflowIdOf } from '../../databases/runs';
import { query } from '../support/database';
import { type Gate, newGate } from '../support/gate';
import { type KillableWorker, startKillableWorker } from '../support/killable';
import { type Committed, expectTruth, untilAtRest } from '../support/oracle';
import { gated, type Point } from '../support/points';
import { type Slipway, type SlipwaySettings, startSlipway } from '../support/slipway';
import type { Action, MatrixCase } from './cases';

/** An activity of any operation that is held at a point, until it is let go. */
interface Hold {
  readonly point: Point;
  readonly reached: Gate;
  readonly released: Gate;
}

export interface Matrix {
  readonly slipway: Slipway;
  run(one: MatrixCase): Promise<void>;
  /** The activities of one operation that nothing disturbs. */
  record(kind: MatrixCase['kind']): Promise<string[]>;
  stop(): Promise<void>;
}

const databaseInput = { version: '17', size: { nanoCpus: 2_000_000_000, memoryBytes: 256 * 1024 ** 2 } };

/** Real Docker, a store and a Temporal: each case is disturbed at one point, comes to rest, and is looked at. */
export async function startMatrix(settings: SlipwaySettings = {}): Promise<Matrix> {
  let hold: Hold | null = null;
  let recording: string[] | null = null;
  const slipway = await startSlipway({
    ...settings,
    env: { SLIPWAY_HEARTBEAT_TIMEOUT_MS: '1000', ...settings.env },
    activities: (own) =>
      gated(own, async (_operationId, point) => {
        if (point.moment === 'before') recording?.push(point.activity);
        const held = hold;
        if (held?.point.activity !== point.activity || held.point.moment !== point.moment) return;
        held.reached.open();
        await held.released.opened;
      }),
  });
  const { api, temporal } = slipway;
  let serial = 0;

  async function created(): Promise<{ id: string; committed: Committed }> {
    const { database } = await api.succeeded('POST', '/v1/databases', { name: `matrix-${++serial}`, ...databaseInput });
    const { url } = (await api.send('GET', `/v1/databases/${database.id}/connection`)).body;
    await query(url, 'CREATE TABLE committed (value text)');
    await query(url, "INSERT INTO committed VALUES ('kept')");
    return { id: database.id, committed: { url, value: 'kept' } };
  }

  /** A database in the state that the operation begins in. */
  async function prepared(kind: MatrixCase['kind']): Promise<{ id: string; committed: Committed } | null> {
    if (kind === 'create') return null;
    const before = await created();
    const preparation = { start: 'stop', resume: 'pause' }[kind as string];
    if (preparation !== undefined) await api.succeeded('POST', `/v1/databases/${before.id}/${preparation}`);
    return before;
  }

  async function send(kind: MatrixCase['kind'], databaseId: string | null) {
    if (kind === 'create') return api.send('POST', '/v1/databases', { name: `matrix-${++serial}`, ...databaseInput });
    if (kind === 'delete') return api.send('DELETE', `/v1/databases/${databaseId}`);
    return api.send('POST', `/v1/databases/${databaseId}/${kind}`);
  }

  /** Accepts the operation that is to be disturbed. */
  async function accept(
    kind: MatrixCase['kind'],
    databaseId: string | null,
  ): Promise<{ id: string; databaseId: string }> {
    const answer = await send(kind, databaseId);
    expect(answer.status).toBe(202);
    return { id: answer.body.operation.id, databaseId: answer.body.operation.databaseId };
  }

  /** A cancel is refused once the operation is finished or destroys data; that is an answer too. */
  async function disturb(action: Action, operation: { id: string; databaseId: string }): Promise<void> {
    if (action === 'cancel') {
      expect([202, 409]).toContain((await api.send('POST', `/v1/operations/${operation.id}/cancel`)).status);
    } else {
      await temporal.workflow.getHandle(workflowIdOf(operation.databaseId)).terminate('by the matrix');
    }
  }

  async function runInProcess({ kind, point, action }: MatrixCase, databaseId: string | null): Promise<string> {
    const held: Hold = { point, reached: newGate(), released: newGate() };
    hold = held;
    try {
      const operation = await accept(kind, databaseId);
      await held.reached.opened;
      await disturb(action, operation);
      return operation.databaseId;
    } finally {
      hold = null;
      held.released.open();
    }
  }

  /** The worker is another process for this one case, and the one after it is this process again. */
  async function runKilled({ kind, point }: MatrixCase, databaseId: string | null): Promise<string> {
    await slipway.stopWorker();
    let victim: KillableWorker | null = null;
    try {
      victim = await startKillableWorker(slipway.environment);
      const held = victim.untilHeld(point);
      const operation = await accept(kind, databaseId);
      await held;
      return operation.databaseId;
    } finally {
      await victim?.kill();
      await slipway.startWorker();
    }
  }

  return {
    slipway,

    async run(one) {
      const before = await prepared(one.kind);
      const databaseId = await (one.action === 'kill' ? runKilled : runInProcess)(one, before?.id ?? null);
      await untilAtRest(slipway, databaseId);
      const state = await expectTruth(slipway, databaseId, before?.committed ?? null);
      expect(expectedRests(one)).toContain(state);
      // What was committed is there when it runs again.
      const wake = { stopped: 'start', paused: 'resume' }[state as string];
      if (wake !== undefined) {
        await api.succeeded('POST', `/v1/databases/${databaseId}/${wake}`);
        expect(await expectTruth(slipway, databaseId, before?.committed ?? null)).toBe('available');
      }
      // Asking again carries on, from whatever is left.
      if (state !== 'gone') {
        await api.succeeded('DELETE', `/v1/databases/${databaseId}`);
        expect(await expectTruth(slipway, databaseId, null)).toBe('gone');
      }
    },

    async record(kind) {
      const before = await prepared(kind);
      recording = [];
      const operation = await accept(kind, before?.id ?? null);
      await api.finished(operation.id);
      const recorded = recording;
      recording = null;
      if (kind !== 'delete') await api.succeeded('DELETE', `/v1/databases/${operation.databaseId}`);
      return recorded;
    },

    stop: () => slipway.stop(),
  };
}

/** Where a disturbed operation may leave its database. A killed worker is no reason not to succeed. */
function expectedRests({ kind, action, point: { activity, moment } }: MatrixCase): string[] {
  const { to, from } = operations[kind];
  const success = to ?? 'gone';
  const [former = 'gone'] = from;
  const isFinishing = activity === 'finishOperation';
  if (action === 'kill' || (isFinishing && moment === 'unreported')) return [success];
  if (action === 'terminate') {
    const aborted = kind === 'create' || kind === 'delete' ? 'failed' : former;
    // All is done by then, and the last record may still be written by the activity that outlives its run.
    return isFinishing ? [success, aborted] : [aborted];
  }
  // A cancel that is accepted before the data is being destroyed holds; after, it is refused.
  const isPast = kind === 'delete' && (isFinishing || (activity === 'removeVolume' && moment !== 'before'));
  return [isPast ? success : former];
}
