import type { InProgressState, LifecycleState, Outcome } from '../states';

export type Unsuccessful = Exclude<Outcome, 'succeeded'>;

/** How operations of one kind take a database from state to state. */
interface KindDefinition {
  /** The states that allow a request for it; none where it creates the database, or where nobody can request it. */
  readonly from: readonly LifecycleState[];
  /** The state while it runs. */
  readonly during: InProgressState;
  /** The state after it succeeds: `former` for the state before it, null when the record is gone. */
  readonly to: LifecycleState | 'former' | null;
  /** The outcomes after which it plans back to what was before; after any other one the database is `failed`. */
  readonly goesBackOn: readonly Unsuccessful[];
  /** Whether it changes the record alone, and touches nothing that runs. */
  readonly recordOnly?: boolean;
  /** Whether its plan depends on what the running engine says, such as what needs a restart. */
  readonly asksEngine?: boolean;
}

const failedOrCancelled = ['failed', 'cancelled'] as const;

/** A change of a database that exists, and that is as it was when the change does not succeed. */
const change = { during: 'modifying', goesBackOn: failedOrCancelled } as const;

const rows = {
  create: { from: [], during: 'creating', to: 'available', goesBackOn: failedOrCancelled },
  stop: { ...change, from: ['available'], to: 'stopped' },
  start: { ...change, from: ['stopped'], to: 'available' },
  restart: { ...change, from: ['available'], to: 'available' },
  pause: { ...change, from: ['available'], to: 'paused' },
  resume: { ...change, from: ['paused'], to: 'available' },
  resize: { ...change, from: ['available', 'stopped'], to: 'former', asksEngine: true },
  'rotate-credentials': { ...change, from: ['available'], to: 'available' },
  update: { ...change, from: ['available', 'stopped'], to: 'former', asksEngine: true },
  describe: { ...change, from: ['available', 'stopped', 'paused', 'failed'], to: 'former', recordOnly: true },
  // A failed delete may have destroyed data: asking again carries on.
  delete: {
    from: ['available', 'stopped', 'paused', 'failed'],
    during: 'deleting',
    to: null,
    goesBackOn: ['cancelled'],
  },
  // Clears what an aborted operation left, in that operation's state. It is a way back itself, from anywhere.
  recover: { from: [], during: 'modifying', to: 'former', goesBackOn: [], asksEngine: true },
  // Brings back what drifted from the record, from anywhere: there is nothing else to go back to.
  repair: { from: [], during: 'modifying', to: 'former', goesBackOn: [], asksEngine: true },
} as const satisfies Readonly<Record<string, KindDefinition>>;

export type OperationKind = keyof typeof rows;

/**
 * Every kind of operation: a new one begins as a row here. Workflows load this file, so it imports nothing but types;
 * how an operation is requested, and what it changes, is in `operations.ts`.
 */
export const kinds: Readonly<Record<OperationKind, KindDefinition>> = rows;

export const operationKinds = Object.keys(kinds) as OperationKind[];

/** Whether an operation that did not succeed plans back to what was before it. */
export function goesBack(kind: OperationKind, outcome: Unsuccessful): boolean {
  return kinds[kind].goesBackOn.includes(outcome);
}
