import { newGate } from './gate';
import type { Checkpoint, Point } from './points';

/** Something that waits at a point of an operation. */
export interface Trap {
  /** To stand around the activities, by `gated`. */
  readonly checkpoint: Checkpoint;
  /** Resolves when an activity next comes to the point, where it stays until `released`; by default it does not stay. */
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
