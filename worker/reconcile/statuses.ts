import type { ObservedContainer } from '../../containers/backend';
import { isKilledForMemory } from '../../containers/exits';
import { problemOfError } from '../../domain/errors';
import { containerName } from '../../domain/names';
import type { ObservedState } from '../../domain/states';
import type { Engine } from '../../postgres/engine';
import type { InstanceRecord } from '../../store/databases/records';
import type { Observation } from '../../store/health/observations';
import type { Look } from './look';

/** Engines that are asked at the same time. */
const concurrentProbes = 8;

export interface StatusSettings {
  readonly engine: Pick<Engine, 'observe'>;
  readonly hostId: string;
  readonly intervalSeconds: number;
  /** When processes in containers were killed for memory, by the container's name. */
  readonly oomKills: ReadonlyMap<string, Date>;
  readonly signal: AbortSignal;
}

/** What is seen of every instance on the host, with the same time for all. */
export async function observationsOf(looks: readonly Look[], settings: StatusSettings): Promise<Observation[]> {
  const observedAt = new Date();
  const instances = looks.flatMap((look) =>
    look.database.instances.filter(({ hostId }) => hostId === settings.hostId).map((instance) => ({ look, instance })),
  );
  return inTurns(instances, concurrentProbes, async ({ look, instance }) => {
    settings.signal.throwIfAborted();
    const name = containerName(look.owner, instance.name);
    const container = look.containers.find((one) => one.name === name);
    return {
      instanceId: instance.id,
      generation: look.database.generation,
      intervalSeconds: settings.intervalSeconds,
      observedAt,
      containerState: container?.state ?? null,
      exitCode: container?.exitCode ?? null,
      oomKilled: container !== undefined && isKilledForMemory(container),
      oomKilledAt: settings.oomKills.get(name) ?? null,
      startedAt: container?.startedAt ?? null,
      ...(await verdictOf(look, instance, container, settings.engine)),
    };
  });
}

type Verdict = Pick<Observation, 'state' | 'detail' | 'pendingRestart'>;

/**
 * `healthy` is said of an engine that answers an authenticated query, and of no other. One that is down as its database
 * is to be stopped or paused is neither up nor down: nothing is known of it, and nothing is wrong.
 */
async function verdictOf(
  { database, owner, drift }: Look,
  { hostAddress, hostPort }: InstanceRecord,
  container: ObservedContainer | undefined,
  engine: Pick<Engine, 'observe'>,
): Promise<Verdict> {
  const drifted = drift?.join('; ') ?? null;
  const without = (state: ObservedState, detail: string): Verdict => ({ state, detail, pendingRestart: [] });
  if (database.spec.power !== 'running') {
    return drifted === null
      ? without('unknown', `the database is ${database.spec.power}`)
      : without('unhealthy', drifted);
  }
  if (container?.state !== 'running') {
    return without('unhealthy', drifted ?? `the container is ${container?.state ?? 'missing'}`);
  }
  try {
    const pendingRestart = await engine.observe({ host: hostAddress, port: hostPort }, owner);
    return { state: 'healthy', detail: drifted, pendingRestart };
  } catch (error) {
    return without('unhealthy', [problemOfError(error).message, drifted].filter(Boolean).join('; '));
  }
}

/** Runs something for every item, so many at a time, and keeps their order. */
async function inTurns<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  run: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const queue = items.entries();
  const takeTurns = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await run(item);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, takeTurns));
  return results;
}
