import { kinds } from '../../domain/operations/kinds';
import { changedSpec, type RequestedKind } from '../../domain/operations/operations';
import { changedSettings, requireRoom, settingsToRestart } from '../../domain/planning/differences';
import { recordedPlacements } from '../../domain/planning/placements';
import { planChange } from '../../domain/planning/plan';
import { type Applied, type Resource, resourcesOf, type ServerResource } from '../../domain/planning/resources';
import type { DatabaseRecord } from '../../store/databases/records';
import type { ApiDependencies } from '../dependencies';

/** The effects that a change would have. */
export interface DryRun {
  /** The steps of each phase. */
  readonly plan: readonly (readonly { readonly name: string; readonly resource: string }[])[];
  /** Whether the engine would restart, which ends all sessions. */
  readonly restart: boolean;
  /** Settings that would change: user-supplied parameters and those derived from the size. */
  readonly settings: readonly string[];
  /** Those of them that need a restart. */
  readonly settingsToRestart: readonly string[];
}

/**
 * The effects that this change would have on a database now: planned as the operation would plan it, from the current
 * objects on its hosts. Records and changes nothing. Throws `backend_unavailable`, `size_in_use`.
 */
export async function dryRunOf(
  { store, hostAgent, catalogue }: ApiDependencies,
  database: DatabaseRecord,
  { kind, input }: { readonly kind: RequestedKind; readonly input: unknown },
): Promise<DryRun> {
  if (kinds[kind].recordOnly) return { plan: [], restart: false, settings: [], settingsToRestart: [] };
  const { id: databaseId, tenantId, instances, spec } = database;
  const owner = { installation: await store.hosts.installation(), tenantId, databaseId };
  const hostIds = [...new Set(instances.map(({ hostId }) => hostId))];
  const looks = await Promise.all(hostIds.map((hostId) => hostAgent.observe({ hostId, tenantId, databaseId })));
  const current = looks.flat();
  const placements = recordedPlacements(instances, current);
  const wanted = resourcesOf(owner, placements, catalogue, changedSpec(kind, spec, input));
  requireRoom(current, wanted);
  const applied = new Map(instances.flatMap(({ id, applied: told }) => (told === null ? [] : [[id, told] as const])));
  const plan = planChange(current, wanted, { awaitRunning: false, applied });
  const pairs = pairsOf(current, wanted, applied);
  return {
    plan: plan.map((phase) => phase.map((step) => ({ name: step.do, resource: step.with.name }))),
    restart: plan.flat().some((step) => step.do === 'stopServer'),
    settings: unique(pairs.flatMap(({ server, told }) => changedSettings(told, server))),
    settingsToRestart: unique(
      pairs.flatMap(({ server, present, told }) =>
        present.power === 'running' ? settingsToRestart(present, told, server) : [],
      ),
    ),
  };
}

/** The wanted servers that exist, with the settings last applied to their engines. */
function pairsOf(current: readonly Resource[], wanted: readonly Resource[], applied: ReadonlyMap<string, Applied>) {
  return wanted.flatMap((server) => {
    if (server.kind !== 'server') return [];
    const present = current.find((one): one is ServerResource => one.kind === 'server' && one.name === server.name);
    const told = applied.get(server.instanceId);
    return present === undefined || told === undefined ? [] : [{ server, present, told }];
  });
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}
