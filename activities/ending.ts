import type { Ending } from '../domain/operations/outcome';

/**
 * How an operation that did not succeed ended, for the log: it mentions the way back only if that had something to
 * undo.
 *
 * @param undoing the number of steps of the way back
 */
export function endingOf({ outcome, wayBack }: Pick<Ending, 'outcome' | 'wayBack'>, undoing: number): string {
  const ended = outcome === 'cancelled' ? 'the operation was cancelled' : 'the operation failed';
  if (wayBack === 'failed') return `${ended}, and its changes could not be undone`;
  return wayBack === 'done' && undoing > 0 ? `${ended}, and its changes were undone` : ended;
}
