import type { Logger } from 'pino';
import type { ObservedObject } from '../../containers/backend';
import { databaseIdOf } from '../../domain/names';
import { isStorm, repairableStates } from '../../domain/planning/drift';
import type { Engine } from '../../postgres/engine';
import type { ReconcilerState } from '../../store/health/reconcilers';
import type { Hold } from '../../store/installation/hold';
import type { Store } from '../../store/store';
import { type Comparison, compare, type HostScope, listObjects } from './compare';
import { differencesOf, operationsOf } from './differences';
import { orphansAmong } from './orphans';
import type { Repair } from './repair';
import { RepeatTracker } from './repeat-tracker';
import { observationsOf } from './statuses';

export interface PassSettings extends HostScope {
  readonly store: Store;
  readonly engine: Pick<Engine, 'observe'>;
  readonly repair: Repair;
  readonly logger: Logger;
  /** Whether drift is repaired, not only reported. */
  readonly repairs: boolean;
  readonly intervalSeconds: number;
  readonly confirmAfterMs: number;
  /** When processes were killed for memory, by container name; entries are deleted once they are written. */
  readonly oomKills: Map<string, Date>;
}

/** Whether drift is repaired, and if not, why. */
interface Verdict {
  readonly state: ReconcilerState;
  readonly reason: string | null;
}

/**
 * One pass over a host: compares it with the records of databases without an open operation. Repairs drift that was
 * observed twice, writes statuses and, when the pass covers all databases, orphans and the reconciler's report. While the
 * store is held it repairs nothing, and reports how the databases differ from the restored records. When
 * the host cannot be listed the pass fails: nothing counts as drift, and statuses become outdated.
 *
 * @param only the databases to compare; null for all
 * @param signal aborts the pass
 * @returns the databases to compare again soon: those with drift that was observed once
 */
export function createPass(
  settings: PassSettings,
): (only: ReadonlySet<string> | null, signal: AbortSignal) => Promise<string[]> {
  const { store, logger, hostId, confirmAfterMs } = settings;
  const drifts = new RepeatTracker(confirmAfterMs);
  const orphans = new RepeatTracker(confirmAfterMs);
  /** From the last pass over all databases. */
  let databases = 0;
  let last: Verdict = { state: 'repairing', reason: null };

  return async function pass(only, signal) {
    const installation = await store.installation.read();
    const before = await store.databases.listAtRest(hostId, only === null ? undefined : [...only]);
    if (only !== null && before.length === 0) {
      for (const id of only) drifts.forget(id);
      return [];
    }
    const objects = await listObjects(settings, only === null ? null : before, { signal });
    // Databases that were disturbed during the listing are left to the next pass.
    const comparisons = (await store.databases.undisturbedAmong(before)).map((database) =>
      compare(settings, database, objects),
    );
    const confirmed = confirmDrift(comparisons, only);
    const underway = await store.operations.countRepairs(hostId);
    if (only === null) databases = comparisons.filter(isRepairable).length + underway;
    const drifted = drifts.size + underway;
    const verdict = await verdictOn(drifted, installation.held);
    if (only === null || verdict.state !== last.state) await report(verdict, drifted);
    for (const comparison of confirmed)
      await (verdict.state === 'repairing' ? repairOne(comparison, signal) : reportDrift(comparison, verdict));
    await observe(comparisons, signal);
    if (only === null) await reportOrphans(objects, comparisons);
    if (only === null && installation.held !== null) await reportDifferences(installation.epoch, objects, comparisons);
    return comparisons
      .filter((comparison) => comparison.drift !== null && !confirmed.includes(comparison))
      .map(({ database }) => database.id);
  };

  /** Records drift, and returns the databases that had drifted in the same way before. */
  function confirmDrift(comparisons: readonly Comparison[], only: ReadonlySet<string> | null): Comparison[] {
    const drifted = comparisons.filter(({ drift }) => drift !== null);
    const ids = new Set(drifted.map(({ database }) => database.id));
    if (only === null) drifts.retain(ids);
    else for (const id of only) if (!ids.has(id)) drifts.forget(id);
    const now = performance.now();
    return drifted.filter(({ database: { id, disruption }, drift }) =>
      drifts.observe(id, `${disruption} ${drift?.join('; ')}`, now),
    );
  }

  async function verdictOn(drifted: number, held: Hold | null): Promise<Verdict> {
    if (held !== null) return { state: 'reporting', reason: `the store was restored and is held: ${held.reason}` };
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
    await store.reconcilers.report(hostId, { ...verdict, databases, drifted, intervalSeconds });
    last = verdict;
  }

  async function repairOne(comparison: Comparison, signal: AbortSignal): Promise<void> {
    const { database } = comparison;
    try {
      await settings.repair(comparison, signal);
      drifts.forget(database.id);
    } catch (error) {
      logger.warn({ err: error, databaseId: database.id }, 'could not start a repair; the next pass will retry');
    }
  }

  async function reportDrift({ database, drift }: Comparison, { state }: Verdict): Promise<void> {
    if (!drifts.reportOnce(database.id)) return;
    logger.warn({ databaseId: database.id, reasons: drift, reconciler: state }, 'database has drifted');
    await store.observations.reportDrift(database, drift ?? []);
  }

  async function observe(comparisons: readonly Comparison[], signal: AbortSignal): Promise<void> {
    const { engine, intervalSeconds } = settings;
    const oomKills = new Map(settings.oomKills);
    // Before the first: a status is at most as young as this says.
    const begunAt = performance.now();
    const observations = await observationsOf(comparisons, { engine, hostId, intervalSeconds, oomKills, signal });
    await store.observations.observe(observations, performance.now() - begunAt);
    await store.sidecars.markDead(comparisons.flatMap(({ deadSidecars }) => deadSidecars));
    for (const { name } of comparisons.flatMap(({ containers }) => containers)) {
      if (settings.oomKills.get(name) === oomKills.get(name)) settings.oomKills.delete(name);
    }
  }

  async function reportOrphans(objects: readonly ObservedObject[], comparisons: readonly Comparison[]): Promise<void> {
    const ids = new Set(objects.flatMap(({ labels }) => databaseIdOf(labels) ?? []));
    // Read after the listing: a database's record is older than its objects.
    const orphanObjects = orphansAmong(objects, await store.databases.existingAmong([...ids]), comparisons);
    const now = performance.now();
    const keyed = orphanObjects.map((orphan) => ({ ...orphan, key: `${orphan.kind} ${orphan.name}` }));
    orphans.retain(new Set(keyed.map(({ key }) => key)));
    await store.observations.replaceOrphans(
      hostId,
      keyed.map(({ key, ...orphan }) => ({ ...orphan, confirmed: orphans.observe(key, orphan.databaseId, now) })),
    );
  }

  /** While the store is held: which databases an administrator has to look at before it is released. */
  async function reportDifferences(
    epoch: number,
    objects: readonly ObservedObject[],
    comparisons: readonly Comparison[],
  ): Promise<void> {
    const knownOperations = await store.installation.knownOperations(operationsOf(objects));
    const differences = differencesOf({ objects, comparisons, knownOperations });
    await store.installation.reportDifferences(hostId, epoch, differences);
  }
}

/** Failed databases are compared, and not repaired. */
function isRepairable({ database }: Comparison): boolean {
  return repairableStates.includes(database.state);
}
