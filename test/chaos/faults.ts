import { setTimeout as delay } from 'node:timers/promises';
import type { RequestedKind } from '../../databases/operations';
import { allDockerCases } from '../faults/docker-cases';
import type { Random } from './random';
import type { ChaosStack } from './stack';

/** Something goes wrong while operations of these kinds run, and is whole again when this resolves. */
type Fault = (stack: ChaosStack, random: Random, kinds: readonly RequestedKind[]) => Promise<void>;

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
  'Docker call': async ({ docker }, random, kinds) => {
    // It waits for the call to come; whoever runs the iteration takes it back when all is at rest.
    docker.aim(random.pick(allDockerCases.filter(({ kind }) => kinds.includes(kind))));
  },
} as const satisfies Readonly<Record<string, Fault>>;

export type FaultName = keyof typeof faults;

export const faultNames = Object.keys(faults) as FaultName[];

export function strike(
  name: FaultName,
  stack: ChaosStack,
  random: Random,
  kinds: readonly RequestedKind[],
): Promise<void> {
  const fault: Fault = faults[name];
  return fault(stack, random, kinds);
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
