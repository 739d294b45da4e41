import { operations } from '../../databases/operations';
import { workflowIdOf } from '../../databases/runs';
import { type Gate, newGate } from '../support/gate';
import { type KillableWorker, startKillableWorker } from '../support/killable';
import { expectTruth, untilAtRest } from '../support/oracle';
import { gated, type Point } from '../support/points';
import { acceptRepair } from '../support/repair';
import { type Slipway, type SlipwaySettings, startSlipway } from '../support/slipway';
import { accept, done, newSubject, prepare, type Subject, wake } from '../support/verbs';
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

  /** A database in the state that the operation begins in. */
  async function prepared(kind: MatrixCase['kind']): Promise<Subject | null> {
    if (kind === 'create') return null;
    const subject = await newSubject(api);
    if (kind === 'repair') await removeContainer(subject.id);
    else await prepare(api, kind, subject);
    return subject;
  }

  async function removeContainer(databaseId: string): Promise<void> {
    for (const { kind, name, labels } of await slipway.backend.list({ 'slipway.database': databaseId })) {
      if (kind === 'container') await slipway.backend.removeContainer(name, labels);
    }
  }

  /** Accepts the operation that is to be disturbed. */
  async function accepted(kind: MatrixCase['kind'], databaseId: string | null) {
    return kind === 'repair' ? acceptRepair(slipway, databaseId ?? '') : accept(api, kind, databaseId);
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
      const operation = await accepted(kind, databaseId);
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
      const operation = await accepted(kind, databaseId);
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
      if (await wake(api, state, databaseId)) {
        expect(await expectTruth(slipway, databaseId, before?.committed ?? null)).toBe('available');
      }
      // Asking again carries on, from whatever is left.
      if (state !== 'gone') {
        await done(api, 'delete', databaseId);
        expect(await expectTruth(slipway, databaseId, null)).toBe('gone');
      }
    },

    async record(kind) {
      const before = await prepared(kind);
      recording = [];
      const operation = await accepted(kind, before?.id ?? null);
      await api.finished(operation.id);
      const recorded = recording;
      recording = null;
      if (kind !== 'delete') await done(api, 'delete', operation.databaseId);
      return recorded;
    },

    stop: () => slipway.stop(),
  };
}

/** Where a disturbed operation may leave its database. A killed worker is no reason not to succeed. */
function expectedRests({ kind, action, point: { activity, moment } }: MatrixCase): string[] {
  // A repair leads where it came from, by itself or by the recovery after it: a cancel of it is refused.
  if (kind === 'repair') return ['available'];
  const { to, from } = operations[kind];
  const [former = 'gone'] = from;
  const success = to === 'former' ? former : (to ?? 'gone');
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
