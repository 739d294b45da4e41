import { DatabaseError } from '../errors';
import type { Size } from '../spec';

/** The limits of a host; null for no limit. */
export interface Capacity {
  readonly nanoCpus: number | null;
  readonly memoryBytes: number | null;
}

/** A host's capacity and usage. */
export interface Room {
  readonly id: string;
  /** Whether no new database is placed on it. */
  readonly cordoned: boolean;
  readonly capacity: Capacity;
  readonly used: Size;
}

/** A host that a new instance may be placed on. */
export interface Candidate extends Room {
  readonly instances: number;
}

/** A host's free capacity; null for no limit, 0 when the capacity was set below the usage. */
export function freeOf({ capacity, used }: Pick<Room, 'capacity' | 'used'>): Capacity {
  return {
    nanoCpus: capacity.nanoCpus === null ? null : Math.max(0, capacity.nanoCpus - used.nanoCpus),
    memoryBytes: capacity.memoryBytes === null ? null : Math.max(0, capacity.memoryBytes - used.memoryBytes),
  };
}

/** Whether a new database of this size fits on a host. */
export function fits(room: Room, { nanoCpus, memoryBytes }: Size): boolean {
  const free = freeOf(room);
  return !room.cordoned && nanoCpus <= (free.nanoCpus ?? Infinity) && memoryBytes <= (free.memoryBytes ?? Infinity);
}

/**
 * The host for a new instance: of those where it fits, the one with the most free memory, then the fewest instances,
 * then the first id. Null when it fits on none.
 */
export function placementFor(hosts: readonly Candidate[], size: Size): string | null {
  const [best] = hosts.filter((host) => fits(host, size)).sort(byFreeMemory((a, b) => a.instances - b.instances));
  return best?.id ?? null;
}

/** The error when a size fits on none of these hosts, with the largest free capacity. */
export function noRoom(hosts: readonly Room[], requested: Size): DatabaseError {
  const [roomiest] = hosts.filter(({ cordoned }) => !cordoned).sort(byFreeMemory(() => 0));
  if (roomiest === undefined) {
    const message = hosts.length === 0 ? 'no host is registered' : 'all hosts are cordoned';
    return new DatabaseError('capacity_exhausted', message, { asked: requested, mostFree: null });
  }
  const free = freeOf(roomiest);
  const message = `no host has ${requested.nanoCpus} nanoCpus and ${requested.memoryBytes} bytes of memory free`;
  return new DatabaseError('capacity_exhausted', message, { asked: requested, mostFree: free });
}

/** Most free memory first, then by the other order, then by id. */
function byFreeMemory<Host extends Room>(then: (a: Host, b: Host) => number): (a: Host, b: Host) => number {
  return (a, b) => {
    const [ofA, ofB] = [freeOf(a).memoryBytes ?? Infinity, freeOf(b).memoryBytes ?? Infinity];
    if (ofA !== ofB) return ofB > ofA ? 1 : -1;
    return then(a, b) || (a.id < b.id ? -1 : 1);
  };
}
