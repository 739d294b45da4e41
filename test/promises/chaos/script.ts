import { allowedActions, type RequestedKind } from '../../../domain/operations/operations';
import type { LifecycleState } from '../../../domain/states';
import { type FaultName, faultNames } from './faults';
import { newRandom, type Random } from './random';

/** The most databases that there are at once. */
export const places = 10;

/** What is done in one iteration: operations at once, and one fault some time after they were asked for. */
export interface Script {
  readonly operations: readonly { readonly place: number; readonly kind: RequestedKind }[];
  readonly fault: FaultName;
  readonly faultAfterMs: number;
  /** For what a fault has to choose itself. */
  readonly faultSeed: number;
}

const mostOperations = 3;
const mostFaultAfterMs = 1_500;

/** The script of an iteration: the same for the same seed and the same states, `gone` where there is no database. */
export function scriptOf(seed: number, iteration: number, states: readonly (LifecycleState | 'gone')[]): Script {
  const random = newRandom(Math.imul(seed, 0x9e3779b1) + iteration);
  const free = states.map((_state, place) => place);
  const operations = Array.from({ length: 1 + random.below(mostOperations) }, () => {
    const [place = 0] = free.splice(random.below(free.length), 1);
    return { place, kind: kindFor(states[place] ?? 'gone', random) };
  });
  return {
    operations,
    fault: random.pick(faultNames),
    faultAfterMs: random.below(mostFaultAfterMs),
    faultSeed: random.below(2 ** 31),
  };
}

/** Deleted less often than changed: a database is to live through something. */
function kindFor(state: LifecycleState | 'gone', random: Random): RequestedKind {
  if (state === 'gone') return 'create';
  const allowed = allowedActions({ state, hasData: state !== 'failed', isOwed: false });
  const changes = allowed.filter((kind) => kind !== 'delete');
  return changes.length === 0 || random.below(5) === 0 ? 'delete' : random.pick(changes);
}

export function textOf({ operations, fault, faultAfterMs }: Script): string {
  return `${operations.map(({ place, kind }) => `${kind} ${place}`).join(', ')}; ${fault} after ${faultAfterMs} ms`;
}
