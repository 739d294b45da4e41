import { setTimeout as delay } from 'node:timers/promises';
import Docker from 'dockerode';
import type { RequestedKind } from '../../../domain/operations/operations';
import { allDockerCases } from '../faults/docker-cases';
import type { Random } from './random';
import type { ChaosStack } from './stack';

/** What there is to strike: the operations that run, and the databases that are there, by their places. */
export interface Targets {
  readonly kinds: readonly RequestedKind[];
  readonly databaseIds: readonly string[];
}

/** Something goes wrong, and is whole again, or left to Slipway, when this resolves. */
type Fault = (stack: ChaosStack, random: Random, targets: Targets) => Promise<void>;

const mostOutageMs = 2_000;

/** What may go wrong in an iteration. */
const faults = {
  'worker killed': ({ worker }) => worker.restart(),
  'API killed': ({ api }) => api.restart(),
  'worker and API killed': async ({ worker, api }) => {
    await Promise.all([worker.restart(), api.restart()]);
  },
  'store killed': async ({ parts }) => {
    await parts.store.kill();
    await parts.store.start();
  },
  'Temporal killed': async ({ parts }) => {
    await parts.temporal.kill();
    await parts.temporal.start();
  },
  'Temporal cut off': ({ parts }, random) => temporalAway(parts.toTemporal, 'cut', random),
  'Temporal silent': ({ parts }, random) => temporalAway(parts.toTemporal, 'silence', random),
  'Docker call': async ({ docker }, random, { kinds }) => {
    // It waits for the call to come; whoever runs the iteration takes it back when all is at rest.
    docker.aim(random.pick(allDockerCases.filter(({ kind }) => kinds.includes(kind))));
  },
  'container killed': outside((container) => container.kill()),
  'container removed': outside((container) => container.remove({ force: true })),
  'container paused': outside((container) => container.pause()),
} as const satisfies Readonly<Record<string, Fault>>;

export type FaultName = keyof typeof faults;

export const faultNames = Object.keys(faults) as FaultName[];

export function strike(name: FaultName, stack: ChaosStack, random: Random, targets: Targets): Promise<void> {
  const fault: Fault = faults[name];
  return fault(stack, random, targets);
}

/** Somebody does this to a container of a database, past Slipway; nothing, where there is none or it is so already. */
function outside(does: (container: Docker.Container) => Promise<unknown>): Fault {
  return async ({ backend }, random, { databaseIds }) => {
    if (databaseIds.length === 0) return;
    const objects = await backend.list({ 'slipway.database': random.pick(databaseIds) });
    const names = objects.flatMap(({ kind, name }) => (kind === 'container' ? [name] : []));
    if (names.length === 0) return;
    try {
      await does(new Docker().getContainer(random.pick(names.sort())));
    } catch (error) {
      // It does not run, is gone by now, or is being removed.
      if (![404, 409].includes((error as { statusCode?: number }).statusCode ?? 0)) throw error;
    }
  };
}

async function temporalAway(
  way: ChaosStack['parts']['toTemporal'],
  outage: 'cut' | 'silence',
  random: Random,
): Promise<void> {
  way[outage]();
  // The outage itself, not a wait for anything.
  await delay(random.below(mostOutageMs));
  way.mend();
}
