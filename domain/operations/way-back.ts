import type { OperationKind } from './operations';

export type Outcome = 'succeeded' | 'failed' | 'cancelled';

/** Whether an operation that did not succeed plans back toward what was before it. */
export function goesBack(kind: OperationKind, outcome: Exclude<Outcome, 'succeeded'>): boolean {
  switch (kind) {
    case 'create':
    case 'stop':
    case 'start':
    case 'restart':
    case 'pause':
    case 'resume':
    case 'resize':
    case 'rotate-credentials':
    case 'update':
    case 'describe':
      return true;
    case 'delete':
      return outcome === 'cancelled';
    case 'recover':
    // What it brings back is what there was before: there is nothing else to go back to.
    case 'repair':
      return false;
  }
}
