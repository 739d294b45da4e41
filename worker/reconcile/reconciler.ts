import type { Logger } from 'pino';
import { databaseIdOf } from '../../domain/names';
import type { Engine } from '../../postgres/engine';
import type { Store } from '../../store/store';
import type { Runs } from '../../temporal/operation-runs';
import { type Loop, startLoop } from '../loop';
import type { HostScope } from './compare';
import { createPass } from './pass';
import { createRepair } from './repair';
import { startWatch } from './watch';

export interface ReconcilerSettings extends HostScope {
  readonly store: Store;
  readonly runs: Runs;
  readonly engine: Pick<Engine, 'observe'>;
  readonly logger: Logger;
  readonly intervalSeconds: number;
  /** Whether drift is repaired, not only reported. */
  readonly repairs: boolean;
  /** Maximum number of concurrent repairs on the host. */
  readonly repairsAtOnce: number;
}

/** The minimum time between the two observations of a drift; shorter drift is ignored. */
const confirmAfterMs = 1_000;

/** How long events are gathered before their databases are compared. */
const debounceMs = 250;

/**
 * Reconciles the databases of one host. All of them are compared once per interval; a database whose containers have
 * events, or whose drift was observed once, soon and by itself.
 */
export function startReconciler(settings: ReconcilerSettings): Pick<Loop, 'stop'> {
  const { backend, installation, store, runs, logger, intervalSeconds } = settings;
  const intervalMs = intervalSeconds * 1000;
  const confirmMs = Math.min(confirmAfterMs, intervalMs);
  const oomKills = new Map<string, Date>();
  const repair = createRepair({ store, runs, backend, logger });
  const pass = createPass({
    ...settings,
    repair,
    oomKills,
    confirmAfterMs: confirmMs,
    // A status carries its interval in whole seconds.
    intervalSeconds: Math.max(1, Math.ceil(intervalSeconds)),
  });
  const dueIds = new Set<string>();
  let allAt = performance.now();
  let isStopping = false;
  // One for every pass: signals derived from a long-lived one would accumulate there.
  let passing = new AbortController();

  async function run(): Promise<void> {
    const isForAll = performance.now() >= allAt;
    const only = isForAll ? null : new Set(dueIds);
    dueIds.clear();
    passing = new AbortController();
    if (isForAll) allAt = performance.now() + intervalMs;
    try {
      if (only === null || only.size > 0) {
        for (const id of await pass(only, passing.signal)) dueIds.add(id);
        if (dueIds.size > 0) loop.wake(confirmMs);
      }
    } catch (error) {
      // A stop aborts the pass.
      if (!isStopping) throw error;
    } finally {
      loop.wake(Math.max(0, allAt - performance.now()));
    }
  }

  const loop = startLoop({ name: 'reconcile', intervalMs, run, logger });
  const watch = startWatch({
    backend,
    installation,
    logger,
    onEvent({ action, name, labels, at }) {
      const databaseId = databaseIdOf(labels);
      // A created container is started next, or belongs to an operation.
      if (databaseId === undefined || action === 'create') return;
      if (action === 'oom') oomKills.set(name, at);
      dueIds.add(databaseId);
      loop.wake(debounceMs);
    },
    onReopened() {
      allAt = performance.now();
      loop.wake(0);
    },
  });

  return {
    async stop() {
      isStopping = true;
      passing.abort();
      await Promise.all([loop.stop(), watch.stop()]);
    },
  };
}
