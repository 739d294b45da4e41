import { newGate } from './gate';
import type { Checkpoint, Point } from './points';

/** Detects an activity that reaches a point, and can hold it there. */
export interface Trap {
  /** To wrap the activities with, by `gated`. */
  readonly checkpoint: Checkpoint;
  /** Resolves when an activity next reaches the point, where it waits for `released`; by default it does not wait. */
  sprung(point: Point, released?: Promise<void>): Promise<void>;
}

export function newTrap(): Trap {
  let set: { readonly point: Point; readonly spring: () => void; readonly released: Promise<void> } | null = null;
  return {
    async checkpoint(_operationId, { activity, moment }) {
      if (set?.point.activity !== activity || set.point.moment !== moment) return;
      const { spring, released } = set;
      set = null;
      spring();
      await released;
    },
    sprung(point, released = Promise.resolve()) {
      const { opened, open } = newGate();
      set = { point, spring: open, released };
      return opened;
    },
  };
}
