import type { Logger } from 'pino';
import type { ObservedObject } from '../../containers/backend';
import { databaseIdOf } from '../../domain/names';
import { isStorm } from '../../domain/planning/drift';
import type { Engine } from '../../postgres/engine';
import type { ReconcilerState } from '../../store/health/reconcilers';
import { repairableStates } from '../../store/operations/repairs';
import type { Store } from '../../store/store';
import { type Look, listObjects, lookAt, type Outlook } from './look';
import { orphansAmong } from './orphans';
import type { Repair } from './repair';
import { Sightings } from './sightings';
import { observationsOf } from './statuses';

export interface PassSettings extends Outlook {
  readonly store: Store;
  readonly engine: Pick<Engine, 'observe'>;
  readonly repair: Repair;
  readonly logger: Logger;
  /** False: drift is reported and nothing is done about it. */
  readonly repairs: boolean;
  readonly intervalSeconds: number;
  readonly confirmAfterMs: number;
  /** When processes were killed for memory, by their container's name; taken out when it is written. */
  readonly oomKills: Map<string, Date>;
}

/** Why nothing is repaired. */
interface Verdict {
  readonly state: ReconcilerState;
  readonly reason: string | null;
}

/**
 * One pass over a host: what is there beside the records of databases at which no operation is at work. Drift that was
 * seen twice is repaired, statuses are written, and, when all databases are looked at, orphans and what the reconciler
 * says of itself. When the host cannot be listed the pass fails: then nothing has drifted, and statuses grow old.
 *
 * @param only the databases to look at; null for all
 * @param signal cuts the pass off
 * @returns the databases to look at again soon: those with drift that was seen once
 */
export function createPass(
  settings: PassSettings,
): (only: ReadonlySet<string> | null, signal: AbortSignal) => Promise<string[]> {
  const { store, logger, hostId, confirmAfterMs } = settings;
  const drifts = new Sightings(confirmAfterMs);
  const orphans = new Sightings(confirmAfterMs);
  /** As the last pass over everything has it. */
  let databases = 0;
  let last: Verdict = { state: 'repairing', reason: null };

  return async function pass(only, signal) {
    const before = await store.repairs.watched(hostId, only === null ? undefined : [...only]);
    if (only !== null && before.length === 0) {
      for (const id of only) drifts.forget(id);
      return [];
    }
    const objects = await listObjects(settings, only === null ? null : before, { signal });
    // What changed while it was listed is left to the next pass.
    const looks = (await store.repairs.unchanged(before)).map((database) => lookAt(settings, database, objects));
    const confirmed = sighted(looks, only);
    const underway = await store.repairs.underway(hostId);
    if (only === null) databases = looks.filter(isWatchedOver).length + underway;
    const drifted = drifts.size + underway;
    const verdict = await verdictOn(drifted);
    if (only === null || verdict.state !== last.state) await report(verdict, drifted);
    for (const look of confirmed) await (verdict.state === 'repairing' ? repairOne(look, signal) : tell(look, verdict));
    await observe(looks, signal);
    if (only === null) await reportOrphans(objects, looks);
    return looks.filter((look) => look.drift !== null && !confirmed.includes(look)).map(({ database }) => database.id);
  };

  /** Keeps what has drifted, and gives what had drifted in the same way before. */
  function sighted(looks: readonly Look[], only: ReadonlySet<string> | null): Look[] {
    const drifted = looks.filter(({ drift }) => drift !== null);
    const ids = new Set(drifted.map(({ database }) => database.id));
    if (only === null) drifts.retain(ids);
    else for (const id of only) if (!ids.has(id)) drifts.forget(id);
    const now = performance.now();
    return drifted.filter(({ database: { id, generation }, drift }) =>
      drifts.see(id, `${generation} ${drift?.join('; ')}`, now),
    );
  }

  async function verdictOn(drifted: number): Promise<Verdict> {
    if (!settings.repairs) return { state: 'reporting', reason: 'SLIPWAY_RECONCILE_REPAIR is false' };
    if (!isStorm(drifted, databases) || (await store.reconcilers.isResumed(hostId))) {
      return { state: 'repairing', reason: null };
    }
    return { state: 'stopped', reason: `${drifted} of ${databases} databases drifted at the same time` };
  }

  async function report(verdict: Verdict, drifted: number): Promise<void> {
    const { intervalSeconds } = settings;
    if (verdict.state !== last.state) {
      const level = verdict.state === 'stopped' ? 'error' : 'info';
      logger[level]({ hostId, ...verdict, drifted, databases }, `the reconciler is ${verdict.state}`);
    }
    await store.reconcilers.report(hostId, { ...verdict, databases, drifted, intervalSeconds, passedAt: new Date() });
    last = verdict;
  }

  async function repairOne(look: Look, signal: AbortSignal): Promise<void> {
    const { database } = look;
    try {
      await settings.repair(look, signal);
      drifts.forget(database.id);
    } catch (error) {
      logger.warn({ err: error, databaseId: database.id }, 'could not start a repair; the next pass will retry');
    }
  }

  async function tell({ database, drift }: Look, { state }: Verdict): Promise<void> {
    if (!drifts.tell(database.id)) return;
    logger.warn({ databaseId: database.id, reasons: drift, reconciler: state }, 'database has drifted');
    await store.observations.reportDrift(database, drift ?? []);
  }

  async function observe(looks: readonly Look[], signal: AbortSignal): Promise<void> {
    const { engine, intervalSeconds } = settings;
    const oomKills = new Map(settings.oomKills);
    const observations = await observationsOf(looks, { engine, hostId, intervalSeconds, oomKills, signal });
    await store.observations.observe(observations);
    await store.sidecars.foundDead(looks.flatMap(({ deadSidecars }) => deadSidecars));
    for (const { name } of looks.flatMap(({ containers }) => containers)) {
      if (settings.oomKills.get(name) === oomKills.get(name)) settings.oomKills.delete(name);
    }
  }

  async function reportOrphans(objects: readonly ObservedObject[], looks: readonly Look[]): Promise<void> {
    const ids = new Set(objects.flatMap(({ labels }) => databaseIdOf(labels) ?? []));
    // Read after the listing: the record of a database is older than anything that belongs to it.
    const found = orphansAmong(objects, await store.observations.known([...ids]), looks);
    const now = performance.now();
    const seen = found.map((orphan) => ({ ...orphan, key: `${orphan.kind} ${orphan.name}` }));
    orphans.retain(new Set(seen.map(({ key }) => key)));
    await store.observations.replaceOrphans(
      hostId,
      seen.map(({ key, ...orphan }) => ({ ...orphan, confirmed: orphans.see(key, orphan.databaseId, now) })),
    );
  }
}

/** What is failed is looked at, and left as it is. */
function isWatchedOver({ database }: Look): boolean {
  return repairableStates.includes(database.state);
}
