import { DatabaseError } from '../errors';
import type { Size } from '../spec';

/** What may be given out of a host; null stands for any amount. */
export interface Capacity {
  readonly nanoCpus: number | null;
  readonly memoryBytes: number | null;
}

/** What a host has for databases, and what they hold of it. */
export interface Room {
  readonly id: string;
  /** Whether it gets nothing new. */
  readonly cordoned: boolean;
  readonly capacity: Capacity;
  readonly used: Size;
}

/** A host that a new instance may come to. */
export interface Candidate extends Room {
  readonly instances: number;
}

/** What is left of a host; null for any amount. Nothing, where its capacity was set below what is used. */
export function freeOf({ capacity, used }: Pick<Room, 'capacity' | 'used'>): Capacity {
  return {
    nanoCpus: capacity.nanoCpus === null ? null : Math.max(0, capacity.nanoCpus - used.nanoCpus),
    memoryBytes: capacity.memoryBytes === null ? null : Math.max(0, capacity.memoryBytes - used.memoryBytes),
  };
}

/** Whether a host takes something new of this size. */
export function fits(room: Room, { nanoCpus, memoryBytes }: Size): boolean {
  const free = freeOf(room);
  return !room.cordoned && nanoCpus <= (free.nanoCpus ?? Infinity) && memoryBytes <= (free.memoryBytes ?? Infinity);
}

/**
 * The host for a new instance: of those where it fits, the one with the most free memory, then with the fewest
 * instances, then the first by id. Null when it fits on none.
 */
export function placementFor(hosts: readonly Candidate[], size: Size): string | null {
  const [best] = hosts.filter((host) => fits(host, size)).sort(byFreeMemory((a, b) => a.instances - b.instances));
  return best?.id ?? null;
}

/** The refusal where a size fits on none of these hosts: with the most that is free on one of them. */
export function noRoom(hosts: readonly Room[], asked: Size): DatabaseError {
  const [roomiest] = hosts.filter(({ cordoned }) => !cordoned).sort(byFreeMemory(() => 0));
  if (roomiest === undefined) {
    const message = hosts.length === 0 ? 'no host is registered' : 'all hosts are cordoned';
    return new DatabaseError('capacity_exhausted', message, { asked, mostFree: null });
  }
  const mostFree = freeOf(roomiest);
  const message = `no host has ${asked.nanoCpus} nanoCpus and ${asked.memoryBytes} bytes of memory free`;
  return new DatabaseError('capacity_exhausted', message, { asked, mostFree });
}

/** The most free memory first; then as the other says, and then by id. */
function byFreeMemory<Host extends Room>(then: (a: Host, b: Host) => number): (a: Host, b: Host) => number {
  return (a, b) => {
    const [ofA, ofB] = [freeOf(a).memoryBytes ?? Infinity, freeOf(b).memoryBytes ?? Infinity];
    if (ofA !== ofB) return ofB > ofA ? 1 : -1;
    return then(a, b) || (a.id < b.id ? -1 : 1);
  };
}
