import type { RequestedKind } from '../../../domain/operations/operations';
import { type DockerFault, dockerFaults } from '../../support/docker-faults';

/** The kinds that the trials begin with; the others need a database that has failed, or is deleted. */
export type TriedKind = Exclude<RequestedKind, 'recover' | 'undelete' | 'purge'>;

/** One fault at the `nth` call of its kind that an operation makes. */
export interface DockerCase {
  readonly kind: TriedKind;
  readonly call: string;
  readonly nth: number;
  readonly fault: DockerFault;
}

/** What every look at a database asks. */
const look = { 'GET /containers/json': 1, 'GET /volumes': 1, 'GET /networks': 1, 'GET /containers/{id}/json': 2 };

const starting = {
  'GET /images/{id}/json': 1,
  'PUT /containers/{id}/archive': 1,
  'POST /containers/{id}/start': 1,
};

const executing = { 'POST /containers/{id}/exec': 1, 'POST /exec/{id}/start': 1, 'GET /exec/{id}/json': 1 };

/** A checkpoint, and then the stop. */
const stopping = { ...executing, 'POST /containers/{id}/stop': 1 };

/** How often each operation makes each call, at least; a test holds it against a clean run. */
export const callsOf: Readonly<Record<TriedKind, Readonly<Record<string, number>>>> = {
  stop: { ...look, ...stopping },
  start: { ...look, ...starting, 'GET /containers/json': 2, 'GET /containers/{id}/json': 4 },
  restart: {
    'GET /containers/json': 3,
    'GET /volumes': 2,
    'GET /networks': 2,
    'GET /containers/{id}/json': 6,
    ...stopping,
    ...starting,
  },
  resize: {
    ...look,
    'GET /containers/{id}/stats': 1,
    ...stopping,
    'GET /containers/{id}/logs': 1,
    'DELETE /containers/{id}': 1,
    'GET /volumes/{id}': 1,
    'GET /networks/{id}': 1,
    'POST /containers/create': 1,
    ...starting,
    'GET /images/{id}/json': 2,
  },
  'rotate-credentials': { ...look, 'GET /containers/{id}/json': 1, ...executing },
  // With a pooler that it brings in.
  update: {
    ...look,
    'GET /containers/{id}/stats': 1,
    'GET /networks/{id}': 1,
    'POST /containers/{id}/stop': 1,
    'POST /containers/create': 1,
    ...starting,
    ...executing,
  },
  // It changes the record alone.
  describe: {},
  pause: { ...look, 'POST /containers/{id}/pause': 1 },
  resume: { ...look, 'POST /containers/{id}/unpause': 1 },
  delete: {
    ...look,
    ...stopping,
    'GET /containers/{id}/json': 3,
    'GET /containers/{id}/logs': 1,
    'DELETE /containers/{id}': 1,
    'GET /networks': 2,
    'GET /networks/{id}': 1,
    'DELETE /networks/{id}': 1,
    'GET /volumes/{id}': 1,
    'DELETE /volumes/{id}': 1,
  },
  create: {
    'POST /volumes/create': 1,
    'GET /volumes/{id}': 2,
    'GET /networks': 2,
    'POST /networks/create': 1,
    'GET /networks/{id}': 1,
    ...starting,
    'GET /images/{id}/json': 2,
    'GET /containers/json': 2,
    'GET /containers/{id}/json': 3,
    'POST /containers/create': 1,
    // A look into the new volume, and its mark in the end.
    'HEAD /containers/{id}/archive': 2,
    'GET /containers/{id}/archive': 1,
    'PUT /containers/{id}/archive': 2,
    ...executing,
  },
};

const kinds = Object.keys(callsOf) as TriedKind[];

/** Every fault at every call of every operation. */
export const allDockerCases: readonly DockerCase[] = kinds.flatMap((kind) =>
  Object.entries(callsOf[kind]).flatMap(([call, count]) =>
    Array.from({ length: count }, (_, index) => index + 1).flatMap((nth) =>
      dockerFaults.map((fault) => ({ kind, call, nth, fault })),
    ),
  ),
);

/** Lies that would leave something untrue if they were believed. */
const lies: readonly DockerCase[] = [
  { kind: 'stop', call: 'POST /containers/{id}/stop', nth: 1, fault: '304' },
  { kind: 'stop', call: 'POST /containers/{id}/stop', nth: 1, fault: '404' },
  { kind: 'stop', call: 'GET /containers/json', nth: 1, fault: 'no JSON' },
  { kind: 'stop', call: 'GET /containers/{id}/json', nth: 1, fault: '404' },
  { kind: 'stop', call: 'GET /containers/{id}/json', nth: 2, fault: '404' },
  { kind: 'delete', call: 'GET /volumes/{id}', nth: 1, fault: '404' },
  { kind: 'create', call: 'POST /exec/{id}/start', nth: 1, fault: 'cut' },
  { kind: 'create', call: 'POST /exec/{id}/start', nth: 1, fault: 'no JSON' },
];

/** For the daily run: every call once or more, in the cheapest operation that makes it, with faults that take turns. */
export function sampleOfDockerCases(): DockerCase[] {
  const calls = [...new Set(allDockerCases.map(({ call }) => call))];
  const turns = calls.flatMap((call, index) => {
    const ofCall = allDockerCases.filter((one) => one.call === call);
    const fault = dockerFaults[index % dockerFaults.length];
    return ofCall.filter((one) => one.fault === fault).slice(0, 1);
  });
  return [...turns, ...lies.filter((lie) => !turns.some((turn) => labelOf(turn) === labelOf(lie)))];
}

export function labelOf({ kind, call, nth, fault }: DockerCase): string {
  return `${kind}: ${fault} at ${call}, ${nth}`;
}

/** Whether the answer says what is not so, which may be a reason to give up; any other fault passes. */
export function isLie({ fault }: Pick<DockerCase, 'fault'>): boolean {
  return fault === '404' || fault === 'wrong shape';
}
