import type { Activities } from '../../activities/types';

/** A moment in an operation: around which activity, and whether its effect has taken place. */
export interface Point {
  readonly activity: string;
  /** `before` its effect; `unreported`, after the effect and before its result is. */
  readonly moment: 'before' | 'unreported';
}

/** What decides whether an activity of an operation is held, and resolves when it may go on. */
export type Checkpoint = (operationId: string, point: Point) => Promise<void>;

type AnyActivity = (input: { readonly operationId: string }) => Promise<unknown>;

/** The same activities with a gate before and after the effect of each. */
export function gated({ control, deliveries, host }: Activities, gate: Checkpoint): Activities {
  return { control: gatedAll(control, gate), deliveries, host: gatedAll(host, gate) };
}

function gatedAll<Group extends object>(activities: Group, gate: Checkpoint): Group {
  const entries = Object.entries(activities as Record<string, AnyActivity>).map(([activity, run]) => [
    activity,
    async (input: { readonly operationId: string }) => {
      await gate(input.operationId, { activity, moment: 'before' });
      const result = await run(input);
      await gate(input.operationId, { activity, moment: 'unreported' });
      return result;
    },
  ]);
  return Object.fromEntries(entries) as Group;
}
