import type { ObservedContainer } from '../../containers/backend';
import { isKilledForMemory } from '../../containers/exits';
import { problemOfError } from '../../domain/errors';
import { containerName } from '../../domain/names';
import type { ObservedState } from '../../domain/states';
import type { Engine } from '../../postgres/engine';
import type { InstanceRecord } from '../../store/databases/records';
import type { Observation } from '../../store/health/observations';
import type { Comparison } from './compare';

/** Maximum number of concurrent probes. */
const concurrentProbes = 8;

export interface StatusSettings {
  readonly engine: Pick<Engine, 'observe'>;
  readonly hostId: string;
  readonly intervalSeconds: number;
  /** When processes were killed for memory, by container name. */
  readonly oomKills: ReadonlyMap<string, Date>;
  readonly signal: AbortSignal;
}

/** The observations of every instance on the host. */
export async function observationsOf(
  comparisons: readonly Comparison[],
  settings: StatusSettings,
): Promise<Observation[]> {
  const instances = comparisons.flatMap((comparison) =>
    comparison.database.instances
      .filter(({ hostId }) => hostId === settings.hostId)
      .map((instance) => ({ comparison, instance })),
  );
  return inTurns(instances, concurrentProbes, async ({ comparison, instance }) => {
    settings.signal.throwIfAborted();
    const name = containerName(comparison.owner, instance.name);
    const container = comparison.containers.find((one) => one.name === name);
    return {
      instanceId: instance.id,
      disruption: comparison.database.disruption,
      intervalSeconds: settings.intervalSeconds,
      containerState: container?.state ?? null,
      exitCode: container?.exitCode ?? null,
      oomKilled: container !== undefined && isKilledForMemory(container),
      oomKilledAt: settings.oomKills.get(name) ?? null,
      startedAt: container?.startedAt ?? null,
      ...(await verdictOf(comparison, instance, container, settings.engine)),
    };
  });
}

type Verdict = Pick<Observation, 'state' | 'detail' | 'pendingRestart'>;

/**
 * Only an engine that answers an authenticated query is `healthy`. An engine that is down because its database is
 * stopped or paused is `unknown`: nothing is wrong.
 */
async function verdictOf(
  { database, owner, drift }: Comparison,
  { address: host, hostPort: port }: InstanceRecord,
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
    const pendingRestart = await engine.observe({ host, port }, owner);
    return { state: 'healthy', detail: drifted, pendingRestart };
  } catch (error) {
    return without('unhealthy', [problemOfError(error).message, drifted].filter(Boolean).join('; '));
  }
}

/** Runs a function for every item, a few at a time, and keeps the order of results. */
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
