import type { LifecycleState } from '../states';
import { isSameSize } from './differences';
import { planChange } from './plan';
import { find, type Resource, type ServerResource, type SidecarResource } from './resources';

/** How a container's last run ended, as reported by its host. */
export interface Exit {
  readonly exitCode: number;
  /** Whether the kernel killed it for lack of memory. */
  readonly oomKilled: boolean;
}

/** The exits of containers that are not running, by name. */
export type Exits = Readonly<Record<string, Exit>>;

/**
 * The differences between the observed resources of a database and its record, in words; null when there are none. The
 * planner decides: there is drift if it plans any step, so that everything that a plan can achieve is also repaired.
 *
 * @param observed the resources on the observed hosts
 * @param wanted the resources that these hosts should have according to the record
 * @param failing the names of sidecars with an error: a running container does not prove that it serves
 */
export function driftOf(
  observed: readonly Resource[],
  wanted: readonly Resource[],
  exits: Exits,
  failing: readonly string[] = [],
): string[] | null {
  const kept = plannable(observed, wanted);
  const serving = kept.map((one) => (one.kind === 'sidecar' && failing.includes(one.name) ? idle(one) : one));
  const plan = planChange(serving, wanted);
  if (plan.length === 0) return null;
  const reasons = [
    ...wanted.flatMap((resource) => reasonsOf(resource, find(kept, resource), exits)),
    ...wanted.flatMap((resource) =>
      isIdle(resource, kept, failing) ? [`container ${resource.name} runs but does not respond`] : [],
    ),
    ...kept
      .filter((resource) => find(wanted, resource) === undefined)
      .map(({ kind, name }) => `${wordOf(kind)} ${name} should not exist`),
  ];
  if (reasons.length > 0) return reasons;
  return plan.flat().map((step) => `${step.do} ${step.with.name} is needed`);
}

/** The resources that a plan considers: all except unrecorded volumes, which are reported and never deleted. */
export function plannable(observed: readonly Resource[], recorded: readonly Resource[]): Resource[] {
  return observed.filter((resource) => resource.kind !== 'volume' || find(recorded, resource) !== undefined);
}

/** The states in which drift is repaired. A failed database is left to an operator. */
export const repairableStates: readonly LifecycleState[] = ['available', 'stopped', 'paused'];

/** A database repaired this often within this time is not repaired again: its problem is not drift. */
export const repairLimit = { repairs: 5, minutes: 10 } as const;

/** Drift is not repaired when more than this share of a host's databases, and at least this number, have drifted. */
const stormShare = 0.2;
const stormMinimum = 5;

/**
 * Whether so many databases have drifted at once that the cause must lie outside them: an operator decides.
 *
 * @param drifted without those that ended with their engine, whose cause is known
 */
export function isStorm(drifted: number, databases: number): boolean {
  return drifted >= stormMinimum && drifted > databases * stormShare;
}

/**
 * Whether a restart of the engine, or of its host, ended a container: it is not running, and was last started before the
 * engine was. False while the engine's start is unknown. Both times are by the host's clock.
 */
export function endedWithEngine(
  { isUp, startedAt }: { readonly isUp: boolean; readonly startedAt: Date | null },
  engineStartedAt: Date | null,
): boolean {
  return !isUp && startedAt !== null && engineStartedAt !== null && startedAt < engineStartedAt;
}

function idle(sidecar: SidecarResource): SidecarResource {
  return { ...sidecar, isRunning: false };
}

/** Whether a wanted sidecar runs without serving. */
function isIdle(wanted: Resource, kept: readonly Resource[], failing: readonly string[]): boolean {
  if (wanted.kind !== 'sidecar' || !wanted.isRunning || !failing.includes(wanted.name)) return false;
  return find(kept, wanted)?.isRunning === true;
}

function reasonsOf(wanted: Resource, present: Resource | undefined, exits: Exits): string[] {
  if (present === undefined) return [`${wordOf(wanted.kind)} ${wanted.name} is missing`];
  if (wanted.kind === 'sidecar' && present.kind === 'sidecar') {
    return wanted.isRunning && !present.isRunning ? [`container ${wanted.name} is not running`] : [];
  }
  if (wanted.kind !== 'server' || present.kind !== 'server') return [];
  const container = `container ${wanted.name}`;
  const power = powerReason(wanted, present, exits[wanted.name]);
  return [
    ...(power === null ? [] : [`${container} ${power}`]),
    ...specReasons(wanted, present).map((reason) => `${container} ${reason}`),
    ...wanted.networkNames
      .filter((name) => !present.networkNames.includes(name))
      .map((name) => `${container} is not on network ${name}`),
  ];
}

function specReasons(wanted: ServerResource, present: ServerResource): string[] {
  if (present.templateHash !== wanted.templateHash) return ['was created from another specification'];
  return isSameSize(present.limits, wanted.limits) ? [] : ['has different limits than recorded'];
}

function powerReason(wanted: ServerResource, present: ServerResource, exit: Exit | undefined): string | null {
  if (present.power === wanted.power) return null;
  switch (present.power) {
    case 'running':
      return `runs although the database is ${wanted.power}`;
    case 'paused':
      return wanted.power === 'running' ? 'is paused' : `is paused although the database is ${wanted.power}`;
    case 'stopped':
      return exit === undefined ? 'is not running' : `exited with code ${exit.exitCode}${killedForMemory(exit)}`;
  }
}

function killedForMemory({ oomKilled }: Exit): string {
  return oomKilled ? ', out of memory' : '';
}

function wordOf(kind: Resource['kind']): string {
  return kind === 'server' || kind === 'sidecar' ? 'container' : kind;
}
