import type { Activities } from '../../activities/types';
import { type Gate, newGate } from './gate';

/** A point in an operation: an activity, and a moment before or after its effect. */
export interface Point {
  readonly activity: string;
  /** `before`: before the effect; `unreported`: after the effect, before its result is reported. */
  readonly moment: 'before' | 'unreported';
}

/** Holds an activity of an operation at a point; resolves when the activity may continue. */
export type Checkpoint = (operationId: string, point: Point) => Promise<void>;

type AnyActivity = (input: { readonly operationId: string }) => Promise<unknown>;

/** Wraps activities with a gate before and after the effect of each. */
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

/** Holds operations at a point, until they are released. Its checkpoint is for `gated`. */
export function createHold() {
  let hold: { readonly point: Point; readonly reached: Gate; readonly released: Gate } | null = null;
  return {
    async checkpoint(_operationId: string, { activity, moment }: Point): Promise<void> {
      if (hold?.point.activity !== activity || hold.point.moment !== moment) return;
      hold.reached.open();
      await hold.released.opened;
    },

    /** From now on operations are held at this point. @returns a promise that resolves when one has reached it */
    at(point: Point): Promise<void> {
      hold = { point, reached: newGate(), released: newGate() };
      return hold.reached.opened;
    },

    release(): void {
      hold?.released.open();
      hold = null;
    },
  };
}
