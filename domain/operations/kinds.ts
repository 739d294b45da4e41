import type { InProgressState, LifecycleState, Outcome } from '../states';

export type Unsuccessful = Exclude<Outcome, 'succeeded'>;

/** How one kind of operation moves a database from state to state. */
interface KindDefinition {
  /** The states in which it can be requested; none for `create`, and for kinds that callers cannot request. */
  readonly from: readonly LifecycleState[];
  /** The state while it runs. */
  readonly during: InProgressState;
  /** The state after it succeeds: `former` for the state before it, null when the record is deleted. */
  readonly to: LifecycleState | 'former' | null;
  /** The outcomes after which it plans back to the previous state; after any other failure the database is `failed`. */
  readonly goesBackOn: readonly Unsuccessful[];
  /** Whether it changes only the record, and nothing that runs. */
  readonly recordOnly?: boolean;
  /** Whether its plan depends on facts from the running engine, such as which settings need a restart. */
  readonly asksEngine?: boolean;
  /** Whether its plan depends on which volumes have been used: it may lead to nothing without a request for that. */
  readonly asksVolumes?: boolean;
}

const failedOrCancelled = ['failed', 'cancelled'] as const;

/** A change to an existing database; if it does not succeed, the database goes back to its previous state. */
const change = { during: 'modifying', goesBackOn: failedOrCancelled } as const;

const rows = {
  create: { from: [], during: 'creating', to: 'available', goesBackOn: failedOrCancelled, asksVolumes: true },
  stop: { ...change, from: ['available'], to: 'stopped' },
  start: { ...change, from: ['stopped'], to: 'available' },
  restart: { ...change, from: ['available'], to: 'available' },
  pause: { ...change, from: ['available'], to: 'paused' },
  resume: { ...change, from: ['paused'], to: 'available' },
  resize: { ...change, from: ['available', 'stopped'], to: 'former', asksEngine: true },
  'rotate-credentials': { ...change, from: ['available'], to: 'available' },
  update: { ...change, from: ['available', 'stopped'], to: 'former', asksEngine: true },
  describe: { ...change, from: ['available', 'stopped', 'paused', 'failed'], to: 'former', recordOnly: true },
  // A failed delete may have destroyed data, so it does not go back; another request continues it.
  delete: {
    from: ['available', 'stopped', 'paused', 'failed'],
    during: 'deleting',
    to: null,
    goesBackOn: ['cancelled'],
  },
  // Cleans up after an aborted operation, and shows that operation's state meanwhile. It is a way back itself, from any
  // state.
  recover: { from: [], during: 'modifying', to: 'former', goesBackOn: [], asksEngine: true, asksVolumes: true },
  // Repairs drift from the record, from any state; there is no other state to go back to.
  repair: { from: [], during: 'modifying', to: 'former', goesBackOn: [], asksEngine: true },
} as const satisfies Readonly<Record<string, KindDefinition>>;

export type OperationKind = keyof typeof rows;

/**
 * Every kind of operation: a new one begins as a row here. Workflows load this file, so it imports only types;
 * `operations.ts` defines how an operation is requested and what it changes.
 */
export const kinds: Readonly<Record<OperationKind, KindDefinition>> = rows;

export const operationKinds = Object.keys(kinds) as OperationKind[];

/** Whether an operation that did not succeed plans back to the previous state. */
export function goesBack(kind: OperationKind, outcome: Unsuccessful): boolean {
  return kinds[kind].goesBackOn.includes(outcome);
}
