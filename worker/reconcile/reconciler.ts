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
  /** Whether drift is repaired, and not only reported. */
  readonly repairs: boolean;
}

/** The least time between two sightings of a drift; what comes and goes in it is left alone. */
const confirmAfterMs = 1_000;

/** How long events are gathered before their databases are looked at. */
const debounceMs = 250;

/**
 * Watches over the databases of one host. All of them are looked at once in every interval; a database to whose
 * containers something happens, or with drift that was seen once, soon and alone.
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
    // A status says in whole seconds how soon it is old.
    intervalSeconds: Math.max(1, Math.ceil(intervalSeconds)),
  });
  const dueIds = new Set<string>();
  let allAt = performance.now();
  let isStopping = false;
  // One for every pass: signals that are derived from a long-lived one would gather there.
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
      // A stop cuts a pass off.
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
      // What was made is started next, or it is an operation's.
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
