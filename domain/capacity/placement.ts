import { DatabaseError } from '../errors';
import { currentContract } from '../planning/contract';
import type { Size } from '../spec';

/** The limits of a host; null for no limit. */
export interface Capacity {
  readonly nanoCpus: number | null;
  readonly memoryBytes: number | null;
}

/** A host's capacity and usage. */
export interface Room {
  readonly id: string;
  /** A cordoned host gets no new databases. */
  readonly cordoned: boolean;
  readonly capacity: Capacity;
  readonly used: Size;
}

/** A host that a new instance may be placed on. */
export interface Candidate extends Room {
  readonly instances: number;
  /** Which steps its workers can carry out. */
  readonly contract: number;
}

/** A host's free capacity; null for no limit, 0 when the capacity was set below the usage. */
export function freeOf({ capacity, used }: Pick<Room, 'capacity' | 'used'>): Capacity {
  return {
    nanoCpus: capacity.nanoCpus === null ? null : Math.max(0, capacity.nanoCpus - used.nanoCpus),
    memoryBytes: capacity.memoryBytes === null ? null : Math.max(0, capacity.memoryBytes - used.memoryBytes),
  };
}

/** Whether a host has room for a new database of this size. */
export function fits(room: Room, { nanoCpus, memoryBytes }: Size): boolean {
  const free = freeOf(room);
  return !room.cordoned && nanoCpus <= (free.nanoCpus ?? Infinity) && memoryBytes <= (free.memoryBytes ?? Infinity);
}

/**
 * The host for a new instance: of the hosts with enough room, one whose workers can carry out every step, then the one
 * with the most free memory, then with the fewest instances, then with the lowest id. Null when no host has room.
 */
export function placementFor(hosts: readonly Candidate[], size: Size): string | null {
  const roomy = hosts.filter((host) => fits(host, size));
  const current = roomy.filter(({ contract }) => contract >= currentContract);
  const [best] = (current.length > 0 ? current : roomy).sort(byFreeMemory((a, b) => a.instances - b.instances));
  return best?.id ?? null;
}

/** The error for a size that fits on none of these hosts; its details give the largest free capacity. */
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

/** Orders hosts by free memory, most first, then by `then`, then by id. */
function byFreeMemory<Host extends Room>(then: (a: Host, b: Host) => number): (a: Host, b: Host) => number {
  return (a, b) => {
    const [ofA, ofB] = [freeOf(a).memoryBytes ?? Infinity, freeOf(b).memoryBytes ?? Infinity];
    if (ofA !== ofB) return ofB > ofA ? 1 : -1;
    return then(a, b) || (a.id < b.id ? -1 : 1);
  };
}
