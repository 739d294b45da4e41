import type { InProgressState, LifecycleState, Outcome } from '../states';

export type Unsuccessful = Exclude<Outcome, 'succeeded'>;

/** How one kind of operation moves a database from state to state. */
interface KindDefinition {
  /** The states in which it can be requested; none for `create`, and for kinds that callers cannot request. */
  readonly from: readonly LifecycleState[];
  /** The state while it runs. */
  readonly during: InProgressState;
  /** Whether it requires data, or for `data_or_owed` data or an owed recovery. */
  readonly needs?: 'data' | 'data_or_owed';
  /**
   * The state after it succeeds: `former` for the state before it, `recorded` for the state that the record describes,
   * null when the record is removed, or kept as `deleted` (`keepSecondsOf`).
   */
  readonly to: LifecycleState | 'former' | 'recorded' | null;
  /** The outcomes after which it plans back to the previous state; after any other failure the database is `failed`. */
  readonly goesBackOn: readonly Unsuccessful[];
  /** Whether it changes only the record, and nothing that runs. */
  readonly recordOnly?: boolean;
  /** Whether it may disturb the engine: a failure or a restart that is seen meanwhile may be its doing. */
  readonly disrupts: boolean;
  /** Whether its plan depends on facts from the running engine, such as which settings need a restart. */
  readonly asksEngine?: boolean;
  /** Whether its plan depends on which volumes have been used: it may lead to nothing without a request for that. */
  readonly asksVolumes?: boolean;
}

const failedOrCancelled = ['failed', 'cancelled'] as const;

/** A change to an existing database; if it does not succeed, the database goes back to its previous state. */
const change = { during: 'modifying', goesBackOn: failedOrCancelled, disrupts: true } as const;

const rows = {
  create: {
    from: [],
    during: 'creating',
    to: 'available',
    goesBackOn: failedOrCancelled,
    asksVolumes: true,
    disrupts: true,
  },
  stop: { ...change, from: ['available'], to: 'stopped' },
  start: { ...change, from: ['stopped', 'failed'], needs: 'data', to: 'available' },
  restart: { ...change, from: ['available'], to: 'available' },
  pause: { ...change, from: ['available'], to: 'paused' },
  resume: { ...change, from: ['paused'], to: 'available' },
  resize: { ...change, from: ['available', 'stopped'], to: 'former', asksEngine: true },
  'rotate-credentials': { ...change, from: ['available'], to: 'available' },
  update: { ...change, from: ['available', 'stopped'], to: 'former', asksEngine: true },
  describe: {
    ...change,
    from: ['available', 'stopped', 'paused', 'failed'],
    to: 'former',
    recordOnly: true,
    disrupts: false,
  },
  // A failed delete may have destroyed data, so it does not go back; another request continues it.
  delete: {
    from: ['available', 'stopped', 'paused', 'failed'],
    during: 'deleting',
    to: null,
    goesBackOn: ['cancelled'],
    disrupts: true,
  },
  // A deleted database that cannot be brought back stays deleted.
  undelete: { ...change, from: ['deleted'], needs: 'data', to: 'recorded' },
  // Destroys the data of a deleted database; if it fails, the database is still deleted.
  purge: { from: ['deleted'], during: 'deleting', to: null, goesBackOn: [], disrupts: true },
  // Brings a failed database to its record, or removes what a create has left. It is a way back itself.
  recover: {
    from: ['failed'],
    needs: 'data_or_owed',
    during: 'modifying',
    to: 'recorded',
    goesBackOn: [],
    asksEngine: true,
    asksVolumes: true,
    disrupts: true,
  },
  // Repairs drift from the record, from any state; there is no other state to go back to.
  repair: { from: [], during: 'modifying', to: 'former', goesBackOn: [], asksEngine: true, disrupts: true },
} as const satisfies Readonly<Record<string, KindDefinition>>;

export type OperationKind = keyof typeof rows;

/**
 * Every kind of operation: a new one begins as a row here. Workflows load this file, so it imports only types;
 * `operations.ts` defines how an operation is requested and what it changes.
 */
export const kinds: Readonly<Record<OperationKind, KindDefinition>> = rows;

export const operationKinds = Object.keys(kinds) as OperationKind[];

/** The kinds that may disturb the engine. */
export const disruptiveKinds: readonly OperationKind[] = operationKinds.filter((kind) => kinds[kind].disrupts);

/** The counters of a database, which accepted operations raise. */
export interface Counters {
  /** Raised by every operation: only the newest may change anything. */
  readonly generation: number;
  /** Raised by every operation that may disturb the engine: what is counted about the engine then starts again. */
  readonly disruption: number;
}

/** A database's counters once it has accepted an operation of this kind. */
export function countersAfter({ generation, disruption }: Counters, kind: OperationKind): Counters {
  return { generation: generation + 1, disruption: disruption + (kinds[kind].disrupts ? 1 : 0) };
}

/** Whether an operation that did not succeed plans back to the previous state. */
export function goesBack(kind: OperationKind, outcome: Unsuccessful): boolean {
  return kinds[kind].goesBackOn.includes(outcome);
}
