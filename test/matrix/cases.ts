import type { RequestedKind } from '../../databases/operations';
import type { Point } from '../support/points';

export const actions = ['kill', 'cancel', 'terminate'] as const;
export type Action = (typeof actions)[number];

export interface MatrixCase {
  /** What is asked for, and what the reconciler asks for. */
  readonly kind: RequestedKind | 'repair';
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

function isSampled({ kind, point }: MatrixCase): boolean {
  return kind === 'create' || kind === 'delete' || !alike.includes(point.activity);
}

/** For the daily run: every point with one action, taking turns, so that each action meets each kind of step. */
export function sampleOf(all: readonly MatrixCase[]): MatrixCase[] {
  const cases = all.filter(isSampled);
  const activities = [...new Set(cases.map(({ kind, point }) => `${kind} ${point.activity}`))];
  return cases.filter(({ kind, point, action }) => {
    const turn = activities.indexOf(`${kind} ${point.activity}`) + (point.moment === 'before' ? 0 : 1);
    return actions[turn % actions.length] === action;
  });
}
