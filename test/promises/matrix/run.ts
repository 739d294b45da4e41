import { kinds } from '../../../domain/operations/kinds';
import { workflowIdOf } from '../../../domain/temporal-names';
import { expectEach } from '../../support/batches';
import { type Gate, newGate } from '../../support/gate';
import { type KillableWorker, startKillableWorker } from '../../support/killable';
import { expectTruth, untilAtRest } from '../../support/oracle';
import { gated, type Point } from '../../support/points';
import { acceptRepair } from '../../support/repair';
import { type Slipway, type SlipwaySettings, startSlipway } from '../../support/slipway';
import { accept, done, newSubject, prepare, type Subject, wake } from '../../support/verbs';
import { labelOf, type MatrixCase } from './cases';

/** The activity of one operation that is held at a point, until it is let go. */
interface Hold {
  readonly point: Point;
  readonly reached: Gate;
  readonly released: Gate;
}

/** A case, and the database that it is about; null where it makes one. */
interface Prepared {
  readonly one: MatrixCase;
  readonly before: Subject | null;
}

/** A case whose operation is accepted. */
interface Begun extends Prepared {
  readonly operation: { readonly id: string; readonly databaseId: string };
  readonly hold: Hold;
}

export interface Matrix {
  readonly slipway: Slipway;
  /** Cases of one action, at once: each on a database of its own. */
  run(batch: readonly MatrixCase[]): Promise<void>;
  /** The activities of one operation that nothing disturbs. */
  record(kind: MatrixCase['kind']): Promise<string[]>;
  stop(): Promise<void>;
}

/** A host, a store and a Temporal: each case is disturbed at one point, comes to rest, and is looked at. */
export async function startMatrix(settings: SlipwaySettings = {}): Promise<Matrix> {
  const holds = new Map<string, Hold>();
  /** Open when every operation that is at work is known: one may come to its first point before its accept is answered. */
  let known = opened();
  let recording: string[] | null = null;
  /** Databases that cases have left available, for those after them. */
  const spares: Subject[] = [];
  const slipway = await startSlipway({
    ...settings,
    env: { SLIPWAY_HEARTBEAT_TIMEOUT_MS: '1000', ...settings.env },
    activities: (own) => gated(own, checkpoint),
  });
  const { api, temporal } = slipway;

  async function checkpoint(operationId: string, point: Point): Promise<void> {
    if (point.moment === 'before') recording?.push(point.activity);
    await known.opened;
    const hold = holds.get(operationId);
    if (hold?.point.activity !== point.activity || hold.point.moment !== point.moment) return;
    hold.reached.open();
    await hold.released.opened;
  }

  /** A database in the state that the operation begins in. */
  async function prepared(kind: MatrixCase['kind']): Promise<Subject | null> {
    if (kind === 'create') return null;
    const subject = spares.pop() ?? (await available());
    if (kind === 'repair') await removeContainer(subject.id);
    else await prepare(api, kind, subject);
    return subject;
  }

  /** A new database; one with an engine has committed data. */
  async function available(): Promise<Subject> {
    if (slipway.hasEngines) return newSubject(api);
    return { id: (await done(api, 'create', null)).id, committed: null };
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

  /** Accepts the operations of a batch, each held at its point; it is let go when `during` has ended. */
  async function held(
    batch: readonly Prepared[],
    during: (begun: readonly Begun[]) => Promise<void>,
  ): Promise<Begun[]> {
    known = newGate();
    try {
      const begun: Begun[] = [];
      for (const { one, before } of batch) {
        const operation = await accepted(one.kind, before?.id ?? null);
        const hold: Hold = { point: one.point, reached: newGate(), released: newGate() };
        holds.set(operation.id, hold);
        begun.push({ one, before, operation, hold });
      }
      known.open();
      await during(begun);
      return begun;
    } finally {
      known.open();
      for (const { released } of holds.values()) released.open();
      holds.clear();
    }
  }

  /** A cancel is refused once the operation is finished or destroys data; that is an answer too. */
  async function disturb({ one, operation, hold }: Begun): Promise<void> {
    await hold.reached.opened;
    if (one.action === 'cancel') {
      expect([202, 409]).toContain((await api.send('POST', `/v1/operations/${operation.id}/cancel`)).status);
    } else {
      await temporal.workflow.getHandle(workflowIdOf(operation.databaseId)).terminate('by the matrix');
    }
    hold.released.open();
  }

  async function runInProcess(batch: readonly Prepared[]): Promise<Begun[]> {
    return held(batch, async (begun) => {
      await Promise.all(begun.map(disturb));
    });
  }

  /** The worker is another process for this one batch, and the one after it is this process again. */
  async function runKilled(batch: readonly Prepared[]): Promise<Begun[]> {
    await slipway.stopWorker();
    let victim: KillableWorker | null = null;
    try {
      victim = await startKillableWorker(slipway.environment, checkpoint);
      return await held(batch, async (begun) => {
        await Promise.all(begun.map(({ hold }) => hold.reached.opened));
        await victim?.kill();
      });
    } finally {
      await victim?.kill();
      await slipway.startWorker();
    }
  }

  /** What is left when everything is at rest is what may be, and is good to go on with. */
  async function expectAtRest({ one, before, operation: { databaseId } }: Begun): Promise<void> {
    await untilAtRest(slipway, databaseId);
    const state = await expectTruth(slipway, databaseId, before?.committed ?? null);
    expect(expectedRests(one)).toContain(state);
    await leave(one.kind, before, databaseId, state);
  }

  /** A database at rest is kept for the cases to come, or is gone. */
  async function leave(kind: MatrixCase['kind'], before: Subject | null, databaseId: string, state: string) {
    // What was committed is there when it runs again.
    const isAwake = await wake(api, state, databaseId);
    if (isAwake) {
      expect(await expectTruth(slipway, databaseId, before?.committed ?? null)).toBe('available');
    }
    // As good as a new one: but for another password, and a pooler, which would add steps of the same names.
    const isAsNew = before !== null && kind !== 'update' && kind !== 'rotate-credentials';
    if (isAsNew && (isAwake || state === 'available')) {
      spares.push(before);
      return;
    }
    // Asking again carries on, from whatever is left.
    if (state !== 'gone') {
      await done(api, 'delete', databaseId);
      expect(await expectTruth(slipway, databaseId, null)).toBe('gone');
    }
  }

  return {
    slipway,

    async run(batch) {
      const ready = await Promise.all(batch.map(async (one) => ({ one, before: await prepared(one.kind) })));
      const begun = await (batch[0]?.action === 'kill' ? runKilled : runInProcess)(ready);
      await expectEach(begun, ({ one }) => labelOf(one), expectAtRest);
    },

    async record(kind) {
      const before = await prepared(kind);
      recording = [];
      const operation = await accepted(kind, before?.id ?? null);
      await api.finished(operation.id);
      const recorded = recording;
      recording = null;
      const state = await expectTruth(slipway, operation.databaseId, before?.committed ?? null);
      await leave(kind, before, operation.databaseId, state);
      return recorded;
    },

    stop: () => slipway.stop(),
  };
}

function opened(): Gate {
  const gate = newGate();
  gate.open();
  return gate;
}

/** Activities that come before every step: until then an operation has changed nothing. */
const beforeSteps = ['claimOperation', 'observeDatabase', 'planChange', 'markInstances'];

/** Where a disturbed operation may leave its database. A killed worker is no reason not to succeed. */
function expectedRests({ kind, action, point: { activity, moment } }: MatrixCase): string[] {
  // A repair leads where it came from, by itself or by the recovery after it: a cancel of it is refused.
  if (kind === 'repair') return ['available'];
  const { to, from } = kinds[kind];
  const [former = 'gone'] = from;
  const success = to === 'former' ? former : (to ?? 'gone');
  const isFinishing = activity === 'finishOperation';
  // From here on somebody may have data in the new database.
  const isMarked = kind === 'create' && (isFinishing || (activity === 'markUsed' && moment === 'unreported'));
  if (action === 'kill' || (isFinishing && moment === 'unreported')) return [success];
  if (action === 'terminate') {
    // The activity outlives its run, and may still mark the volume.
    if (kind === 'create' && activity === 'markUsed' && moment === 'before') return [success, 'failed'];
    // The activity outlives its run, and may still begin the first step.
    if (kind === 'delete' && activity === 'stopServer' && moment === 'before') return [former, 'failed'];
    const isUndecided = (kind === 'create' && !isMarked) || (kind === 'delete' && !beforeSteps.includes(activity));
    const aborted = kind === 'create' && isMarked ? success : isUndecided ? 'failed' : former;
    // All is done by then, and the last record may still be written by the activity that outlives its run.
    return isFinishing ? [success, aborted] : [aborted];
  }
  // A cancel that is accepted before the data is being destroyed holds; after, it is refused.
  const isDestroyed = kind === 'delete' && (isFinishing || (activity === 'removeVolume' && moment !== 'before'));
  return [isDestroyed || isMarked ? success : former];
}
