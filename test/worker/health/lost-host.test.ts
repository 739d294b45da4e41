import { pino } from 'pino';
import { checkError } from '../../../domain/health/check-errors';
import { startMonitor } from '../../../worker/health/monitor';
import { type Loop, startLoop } from '../../../worker/loop';
import { newWebhook } from '../../support/channels';
import { eventually } from '../../support/eventually';
import { ada, available, openTestStore, type TestStore } from '../../support/test-store';

// Databases are not checked at one moment: each has its turn somewhere in the interval.

/** Longer than notices of one kind are gathered. */
const intervalSeconds = 4;
const failureThreshold = 2;
const databases = 12;

let bench: TestStore;
let gathering: Loop;
let lost: readonly string[] = [];
const ids: string[] = [];
const logger = pino({ level: 'silent' });
let monitor: ReturnType<typeof startMonitor>;

beforeAll(async () => {
  bench = await openTestStore();
  for (let made = 0; made < databases; made += 1) ids.push((await available(bench.store)).database.id);
  await bench.rows('UPDATE health_checks SET interval_seconds = $1, timeout_seconds = 1, failure_threshold = $2', [
    intervalSeconds,
    failureThreshold,
  ]);
  await bench.rows(
    `UPDATE health_checks SET next_at = now() + array_position($1::text[], database_id) * make_interval(secs => $2::float8)`,
    [ids, intervalSeconds / databases],
  );
  const { store } = bench;
  const refused = checkError('connection_refused', 'nobody is there');
  const probe = async ({ databaseId }: { databaseId: string }) => ({
    error: lost.includes(databaseId) ? refused : null,
    latencyMs: 1,
  });
  monitor = startMonitor({ store, probe, hostId: 'host-a', concurrency: 20, logger, pollIntervalMs: 50 });
  gathering = startLoop({
    name: 'gathering',
    intervalMs: 50,
    run: async () => void (await store.outbox.gather()),
    logger,
  });
});
afterEach(() => {
  lost = [];
});
afterAll(async () => {
  await monitor?.stop();
  await gathering?.stop();
  await bench?.close();
});

/** A channel that hears of nothing else; once all are up. */
async function listening(): Promise<string> {
  await eventually(async () => {
    const up = await bench.rows("SELECT 1 FROM health_checks WHERE state = 'up' AND failures = 0");
    expect(up).toHaveLength(databases);
  });
  const { id } = await bench.store.channels.create('default', newWebhook(), ada);
  await bench.rows(
    "UPDATE notification_bindings SET notices = '{database.down,database.recovered}' WHERE channel_id = $1",
    [id],
  );
  return id;
}

/** The messages to a channel once they list so many databases: how long after a moment each was made. */
async function messages(channelId: string, type: string, listed: number, since: number) {
  return eventually(async () => {
    const rows = await bench.rows<{ id: string; created_at: Date; ids: string[] }>(
      `SELECT deliveries.id, deliveries.created_at, array_agg(database_id) AS ids
       FROM notification_deliveries AS deliveries JOIN notification_notices AS notices ON delivery_id = deliveries.id
       WHERE deliveries.channel_id = $1 AND deliveries.type = $2 GROUP BY deliveries.id ORDER BY deliveries.created_at`,
      [channelId, type],
    );
    expect(rows.flatMap((row) => row.ids)).toHaveLength(listed);
    return rows.map(({ id, created_at: at, ids }) => ({ id, afterMs: at.getTime() - since, ids: ids.sort() }));
  });
}

test('a host that is lost between its checks is one message that lists all, no later than is promised, and one when it is back', async () => {
  const channelId = await listening();
  const since = Date.now();
  lost = ids;
  const [message, ...others] = await messages(channelId, 'database.down', databases, since);
  expect(others).toEqual([]);
  expect(message?.ids).toEqual([...ids].sort());
  expect(message?.afterMs).toBeLessThan((intervalSeconds * failureThreshold + 2) * 1000);
  await bench.store.deliveries.delivered(message?.id ?? '');
  lost = [];
  const recovered = await messages(channelId, 'database.recovered', databases, since);
  expect(recovered.map((one) => one.ids)).toEqual([message?.ids]);
});

test('one that is lost alone is told of at once, though others are well', async () => {
  const channelId = await listening();
  const [alone = ''] = ids;
  const since = new Date();
  lost = [alone];
  const down = await eventually(async () => {
    const [event] = await bench.rows<{ at: Date }>(
      "SELECT at FROM events WHERE database_id = $1 AND type = 'database.down' AND at > $2",
      [alone, since],
    );
    if (event === undefined) throw new Error('not down yet');
    return event.at.getTime();
  });
  const [message] = await messages(channelId, 'database.down', 1, down);
  expect(message?.ids).toEqual([alone]);
  expect(message?.afterMs).toBeLessThan(2_000);
});
