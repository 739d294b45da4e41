import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { Client } from 'pg';
import { pino } from 'pino';
import { checkError } from '../../../domain/health/check-errors';
import { startMonitor } from '../../../worker/health/monitor';
import { eventually } from '../../support/eventually';
import { available, openTestStore, type TestStore } from '../../support/test-store';

// A monitor that is killed in the middle loses nothing but its lease.

let bench: TestStore;
beforeEach(async () => {
  bench = await openTestStore();
});
afterEach(() => bench.close());

const edges = () => bench.rows(`SELECT type FROM events WHERE type LIKE 'database.%' ORDER BY sequence`);
const results = () => bench.rows('SELECT 1 FROM health_results');

function startVictim(hangs: boolean): ChildProcess {
  return fork(path.join(__dirname, '..', '..', 'support', 'monitor-process.ts'), {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, DATABASE_URL: bench.database.url, MONITOR_HANGS: String(hangs) },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

/** Holds every write of an event, until it is let go. */
async function holdEvents(): Promise<{ blocked(): Promise<void>; release(): Promise<void> }> {
  const client = new Client({ connectionString: bench.database.url });
  await client.connect();
  await client.query('BEGIN; LOCK TABLE events IN EXCLUSIVE MODE');
  return {
    blocked: () =>
      eventually(async () => {
        const waiting = await bench.rows(`SELECT 1 FROM pg_locks WHERE relation = 'events'::regclass AND NOT granted`);
        expect(waiting).toHaveLength(1);
      }),
    release: () => client.end(),
  };
}

test.each([
  { moment: 'in the probe', hangs: true },
  { moment: 'between the result and what is told of it', hangs: false },
])('one that is killed $moment: the next one tells, once (E07)', async ({ hangs }) => {
  await available(bench.store);
  await bench.rows(`UPDATE health_checks SET state = 'up', failure_threshold = 1, next_at = now()`);
  const held = await holdEvents();
  const victim = startVictim(hangs);
  await once(victim, 'message');
  if (!hangs) await held.blocked();
  victim.kill('SIGKILL');
  await once(victim, 'exit');
  await held.release();
  expect(await edges()).toEqual([]);
  // Its time is over; nobody else had the check before.
  await bench.rows('UPDATE health_checks SET lease_until = now()');
  const successor = startMonitor({
    store: bench.store,
    hostId: 'host-a',
    concurrency: 1,
    logger: pino({ level: 'silent' }),
    pollIntervalMs: 20,
    probe: async () => ({ error: checkError('connection_refused', 'nobody is there'), latencyMs: 1 }),
  });
  try {
    await eventually(async () => expect(await edges()).toEqual([{ type: 'database.down' }]));
    expect(await results()).toHaveLength(1);
  } finally {
    await successor.stop();
  }
});
