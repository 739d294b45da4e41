import type { Logger } from 'pino';
import type { ObservedObject } from '../../containers/backend';
import { databaseIdOf } from '../../domain/names';
import { isStorm, repairableStates } from '../../domain/planning/drift';
import type { Engine } from '../../postgres/engine';
import type { DatabaseRecord } from '../../store/databases/records';
import type { ReconcilerState } from '../../store/health/reconcilers';
import type { Hold } from '../../store/installation/hold';
import type { Store } from '../../store/store';
import { type Comparison, compare, type HostScope, listObjects } from './compare';
import { differencesOf, operationsOf } from './differences';
import { unrecordedContainers } from './first-look';
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
  /** Maximum number of concurrent repairs on the host. */
  readonly repairsAtOnce: number;
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
 * @returns the databases to compare again soon: those with drift that was observed once, and the next to be repaired
 */
export function createPass(
  settings: PassSettings,
): (only: ReadonlySet<string> | null, signal: AbortSignal) => Promise<string[]> {
  const { store, backend, logger, hostId, confirmAfterMs, repairsAtOnce } = settings;
  const drifts = new RepeatTracker(confirmAfterMs);
  /** The drifted databases that ended with the container engine. */
  const ended = new Set<string>();
  /** The databases whose repair waits for others to end, in order. */
  let waiting: string[] = [];
  const orphans = new RepeatTracker(confirmAfterMs);
  /** From the last pass over all databases. */
  let databases = 0;
  let last: Verdict = { state: 'repairing', reason: null };

  return async function pass(only, signal) {
    const installation = await store.installation.read();
    const before = await store.databases.listAtRest(hostId, only === null ? undefined : [...only]);
    if (only !== null && before.length === 0) {
      for (const id of only) forget(id);
      return [];
    }
    const objects = await listObjects(settings, only === null ? null : before, { signal });
    const engineStartedAt = await backend.engineStartedAt({ signal });
    // Databases that were disturbed during the listing are left to the next pass.
    const comparisons = (await store.databases.undisturbedAmong(before)).flatMap((database) =>
      comparisonOf(database, objects, engineStartedAt),
    );
    await recordUnrecorded(comparisons);
    const confirmed = confirmDrift(comparisons, only);
    const underway = await store.operations.countRepairs(hostId);
    if (only === null) databases = comparisons.filter(isRepairable).length + underway.all;
    const drifted = drifts.size + underway.all;
    const verdict = await verdictOn(drifted - ended.size - underway.afterEngineRestart, installation.held);
    if (only === null || verdict.state !== last.state) await report(verdict, drifted);
    const others = only === null ? [] : waiting.filter((id) => !only.has(id));
    waiting = [];
    if (verdict.state === 'repairing') {
      waiting = [...(await repairInTurn(confirmed, repairsAtOnce - underway.all, signal)), ...others];
    } else {
      for (const comparison of confirmed) await reportDrift(comparison, verdict);
    }
    await observe(comparisons, signal);
    if (only === null) await reportOrphans(objects, comparisons);
    if (only === null && installation.held !== null) await reportDifferences(installation.epoch, objects, comparisons);
    const seenOnce = comparisons.filter((comparison) => comparison.drift !== null && !confirmed.includes(comparison));
    return [...seenOnce.map(({ database }) => database.id), ...waiting.slice(0, repairsAtOnce)];
  };

  /** A database that cannot be compared is left alone, and its status becomes outdated. */
  function comparisonOf(
    database: DatabaseRecord,
    objects: readonly ObservedObject[],
    engineStartedAt: Date | null,
  ): Comparison[] {
    try {
      return [compare(settings, database, objects, engineStartedAt)];
    } catch (error) {
      logger.warn({ err: error, databaseId: database.id }, 'could not compare a database with its host');
      return [];
    }
  }

  async function recordUnrecorded(comparisons: readonly Comparison[]): Promise<void> {
    for (const container of comparisons.flatMap((comparison) => unrecordedContainers(comparison, hostId))) {
      await store.pins.record(container);
    }
  }

  function forget(databaseId: string): void {
    drifts.forget(databaseId);
    ended.delete(databaseId);
  }

  /** Records drift, and returns the databases that had drifted in the same way before. */
  function confirmDrift(comparisons: readonly Comparison[], only: ReadonlySet<string> | null): Comparison[] {
    const drifted = comparisons.filter(({ drift }) => drift !== null);
    const ids = new Set(drifted.map(({ database }) => database.id));
    const observed = only ?? new Set([...ended, ...drifts.keys()]);
    for (const id of observed) if (!ids.has(id)) forget(id);
    for (const { database, endedWithEngine } of drifted) {
      if (endedWithEngine) ended.add(database.id);
      else ended.delete(database.id);
    }
    const now = performance.now();
    return drifted.filter(({ database: { id, disruption }, drift }) =>
      drifts.observe(id, `${disruption} ${drift?.join('; ')}`, now),
    );
  }

  /** @param drifted without those that ended with the engine */
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

  /**
   * Starts at most `free` repairs, by name: many engines that recover at once would keep each other waiting.
   *
   * @returns the databases that wait for their turn
   */
  async function repairInTurn(confirmed: readonly Comparison[], free: number, signal: AbortSignal): Promise<string[]> {
    const queue = [...confirmed].sort((a, b) => (a.database.name < b.database.name ? -1 : 1));
    let started = 0;
    while (queue.length > 0 && started < free) {
      const [next] = queue.splice(0, 1);
      if (next !== undefined && (await repairOne(next, signal))) started += 1;
    }
    return queue.map(({ database }) => database.id);
  }

  /** @returns whether an operation was started */
  async function repairOne(comparison: Comparison, signal: AbortSignal): Promise<boolean> {
    const { database } = comparison;
    try {
      const isStarted = await settings.repair(comparison, signal);
      forget(database.id);
      return isStarted;
    } catch (error) {
      logger.warn({ err: error, databaseId: database.id }, 'could not start a repair; the next pass will retry');
      return false;
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
    const orphanObjects = orphansAmong(objects, await store.databases.existingAmong([...ids], hostId), comparisons);
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
