import type { OperationKind } from '../../../domain/operations/kinds';
import type { Point } from '../../support/points';

export const actions = ['kill', 'cancel', 'terminate'] as const;
export type Action = (typeof actions)[number];

export interface MatrixCase {
  readonly kind: Exclude<OperationKind, 'recover' | 'undelete' | 'purge'>;
  readonly point: Point;
  readonly action: Action;
}

/**
 * Every point of a recorded operation with every action. "After" an activity, with its result reported, is "before" the
 * next one, and so in here too.
 */
export function casesOf(kind: MatrixCase['kind'], recorded: readonly string[]): MatrixCase[] {
  const points = recorded.flatMap((activity): Point[] => [
    { activity, moment: 'before' },
    { activity, moment: 'unreported' },
  ]);
  return points.flatMap((point) => actions.map((action) => ({ kind, point, action })));
}

/** The activities that every operation has alike; the sample has them in a create and a delete. */
const alike = ['claimOperation', 'observeDatabase', 'planChange', 'markInstances'];

const isWhole = ({ kind }: MatrixCase): boolean => kind === 'create' || kind === 'delete';

/** Of what a create or a delete does too, any other operation has one moment in the sample. */
function isSampled(one: MatrixCase, all: readonly MatrixCase[]): boolean {
  const { activity, moment } = one.point;
  if (isWhole(one)) return true;
  if (alike.includes(activity)) return false;
  return moment === 'unreported' || !all.some((other) => isWhole(other) && other.point.activity === activity);
}

/** For the daily run: every point with one action, taking turns, so that each action meets each kind of step. */
export function sampleOf(all: readonly MatrixCase[]): MatrixCase[] {
  const cases = all.filter((one) => isSampled(one, all));
  const activities = [...new Set(cases.map(({ kind, point }) => `${kind} ${point.activity}`))];
  return cases.filter(({ kind, point, action }) => {
    const turn = activities.indexOf(`${kind} ${point.activity}`) + (point.moment === 'before' ? 0 : 1);
    return actions[turn % actions.length] === action;
  });
}

/**
 * Whether a case needs containers with engines. A worker that is killed is another process, which cannot share a host in
 * memory; and only an engine shows which password is valid. A cancel or a terminate acts on the run alone.
 */
export function needsEngines({ kind, action }: MatrixCase): boolean {
  return action === 'kill' || kind === 'rotate-credentials';
}

export function labelOf({ kind, action, point }: MatrixCase): string {
  return `${kind}: ${action} at ${point.activity}, ${point.moment}`;
}
