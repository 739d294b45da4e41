import { pino } from 'pino';
import { checkError } from '../../../domain/health/check-errors';
import { watchHosts } from '../../../worker/capacity/host-watch';
import { type Monitor, startMonitor } from '../../../worker/health/monitor';
import { createProbe } from '../../../worker/health/probe';
import { type Loop, startLoop } from '../../../worker/loop';
import { newWebhook } from '../../support/channels';
import { eventually } from '../../support/eventually';
import { ada, available, openTestStore, type TestStore, testHost } from '../../support/test-store';

// Two hosts lose their workers; one of them publishes its databases on an address that others can reach. The hosts are
// looked after by the worker of a third.

const intervalSeconds = 4;
const failureThreshold = 2;
const logger = pino({ level: 'silent' });

let bench: TestStore;
let refusing: readonly string[] = [];
const loops: (Loop | Monitor)[] = [];
beforeAll(async () => {
  bench = await openTestStore();
});
afterAll(async () => {
  await Promise.all(loops.map((loop) => loop.stop()));
  await bench?.close();
});

/** A probe whose engines answer, unless they are refusing, and whose containers cannot be inspected. */
function probe() {
  return createProbe({
    engine: {
      check: async (_address, { databaseId }) =>
        refusing.includes(databaseId) ? checkError('connection_refused', 'nobody is there') : null,
    },
    backend: {
      inspectContainer: async () => Promise.reject(new Error('another host')),
      logs: async () => [],
    },
    installation: 'abc',
    logger,
  });
}

function monitorOf(hostId: string): Monitor {
  return startMonitor({ store: bench.store, probe: probe(), hostId, concurrency: 20, logger, pollIntervalMs: 50 });
}

/** Databases on a new host with this address. */
async function databasesOn(hostId: string, address: string, count: number): Promise<string[]> {
  const { store } = bench;
  await store.hosts.register({ ...testHost(hostId), address });
  const ids: string[] = [];
  for (let made = 0; made < count; made += 1) ids.push((await available(store)).database.id);
  await bench.rows('UPDATE instances SET host_id = $1, address = $2 WHERE database_id = ANY($3)', [
    hostId,
    address,
    ids,
  ]);
  return ids;
}

async function seen(hostIds: readonly string[], ago: string): Promise<void> {
  await bench.rows('UPDATE hosts SET last_seen_at = now() - $2::interval WHERE id = ANY($1)', [hostIds, ago]);
}

const statesOf = async (ids: readonly string[]) =>
  (await bench.rows<{ state: string }>('SELECT state FROM health_checks WHERE database_id = ANY($1)', [ids])).map(
    ({ state }) => state,
  );

/** The messages to a channel, oldest first. */
const messagesTo = (channelId: string) =>
  bench.rows<{ type: string; hosts: string[] }>(
    `SELECT deliveries.type, array_agg(data->>'hostId' ORDER BY data->>'hostId') AS hosts
     FROM notification_deliveries AS deliveries JOIN notification_notices AS notices ON delivery_id = deliveries.id
     WHERE deliveries.channel_id = $1 GROUP BY deliveries.id ORDER BY deliveries.created_at`,
    [channelId],
  );

test('the databases of a lost host are down in time unless they answer, and one message tells each tenant (M39, M40)', async () => {
  const { store } = bench;
  const inside = await databasesOn('inside', '127.0.0.1', 3);
  const outside = await databasesOn('outside', '10.9.9.9', 3);
  const [failing = ''] = outside;
  await bench.rows(
    `UPDATE health_checks SET state = 'up', successes = 1, interval_seconds = $1::int, timeout_seconds = 1, failure_threshold = $2,
       next_at = now() + random() * make_interval(secs => $1::int)`,
    [intervalSeconds, failureThreshold],
  );
  const { id: channelId } = await store.channels.create('default', newWebhook(), ada);
  // Both were lost some seconds ago, and no check has been due since.
  await seen(['inside', 'outside'], '12 s');
  const lostAt = (await store.now()).getTime() - 12_000;
  refusing = [failing];
  loops.push(monitorOf('host-a'));
  const watch = () =>
    watchHosts({ store, runs: { start: async () => null, terminate: async () => undefined }, logger });
  for (const name of ['one', 'two', 'three']) loops.push(startLoop({ name, intervalMs: 100, run: watch, logger }));
  const gather = async () => void (await store.outbox.gather());
  loops.push(startLoop({ name: 'gathering', intervalMs: 50, run: gather, logger }));

  await eventually(async () => expect(await statesOf([...inside, failing])).toEqual(Array(4).fill('down')), 60_000);
  const errors = await bench.rows<{ code: string; at: Date }>(
    `SELECT last_error->>'code' AS code, since AS at FROM health_checks WHERE database_id = ANY($1)`,
    [inside],
  );
  for (const { code, at } of errors) {
    expect(code).toBe('host_silent');
    expect(at.getTime() - lostAt).toBeLessThan((intervalSeconds * failureThreshold + 15 + 1) * 1000);
  }
  await eventually(async () => expect(await messagesTo(channelId)).not.toEqual([]), 60_000);
  expect(await messagesTo(channelId)).toEqual([{ type: 'host.silent', hosts: ['inside', 'outside'] }]);
  expect((await statesOf(outside)).sort()).toEqual(['down', 'up', 'up']);

  refusing = [];
  await seen(['inside', 'outside'], '-1 day');
  loops.push(monitorOf('inside'), monitorOf('outside'));
  const returned = await eventually(async () => {
    const [, ...later] = await messagesTo(channelId);
    expect(later.flatMap(({ hosts }) => hosts).sort()).toEqual(['inside', 'outside']);
    return later;
  }, 60_000);
  for (const { type } of returned) expect(type).toBe('host.back');
  expect(await statesOf([...inside, ...outside])).toEqual(Array(6).fill('up'));
  const edges = await bench.rows<{ type: string; count: number }>(
    "SELECT type, count(*)::int AS count FROM events WHERE type NOT LIKE 'operation.%' GROUP BY type ORDER BY type",
  );
  expect(edges).toEqual([
    { type: 'database.down', count: 4 },
    { type: 'database.recovered', count: 4 },
    { type: 'host.back', count: 2 },
    { type: 'host.silent', count: 2 },
  ]);
  expect(await bench.rows('SELECT 1 FROM notification_notices WHERE delivery_id IS NULL')).toEqual([]);
}, 180_000);
