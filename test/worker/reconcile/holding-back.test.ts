import { createMemoryBackend, type MemoryBackend } from '../../../containers/memory';
import { memoryHost } from '../../../dev/memory-host';
import { DatabaseError } from '../../../domain/errors';
import { newWebhook } from '../../support/channels';
import { query } from '../../support/database';
import { createDrifting, type Drifting } from '../../support/drifting';
import { eventually } from '../../support/eventually';
import { newGate } from '../../support/gate';
import { expectTruth, untilAtRest } from '../../support/oracle';
import { type Slipway, startSlipway } from '../../support/slipway';
import { ada } from '../../support/test-store';

const hour = '3600';

/** A Slipway of the test's own, on a host of its own. */
async function withSlipway(
  env: Record<string, string>,
  run: (slipway: Slipway, drifting: Drifting, backend: MemoryBackend) => Promise<void>,
  backend = createMemoryBackend(),
): Promise<void> {
  const slipway = await startSlipway({ ports: memoryHost(backend), env });
  try {
    await run(slipway, createDrifting(slipway, backend), backend);
  } finally {
    backend.intercept = {};
    await slipway.stop();
  }
}

async function hostEvents({ database }: Slipway): Promise<{ type: string; data: any }[]> {
  return query(database.url, 'SELECT type, data FROM events WHERE database_id IS NULL ORDER BY sequence');
}

/** Stops these databases past Slipway, of which nothing is seen until all are down. */
async function stopAll(slipway: Slipway, drifting: Drifting, backend: MemoryBackend, ids: string[]): Promise<void> {
  const gate = newGate();
  backend.intercept = { before: (call) => (call === 'list' ? gate.opened : undefined) };
  for (const id of ids) {
    await backend.stopContainer(`slipway-${slipway.installation}-${id}-primary`, drifting.labelsFor(id));
  }
  backend.intercept = {};
  gate.open();
}

/** Six databases that somebody stops at once, and a reconciler that has seen it and stopped. */
async function storm(slipway: Slipway, drifting: Drifting, backend: MemoryBackend): Promise<string[]> {
  const ids = await Promise.all(Array.from({ length: 6 }, () => drifting.databaseThatIs('available')));
  // A pass that was under way meanwhile has not seen all of them.
  await eventually(async () =>
    expect(await drifting.reconciler()).toMatchObject({ state: 'repairing', reason: null, databases: 6, drifted: 0 }),
  );
  await stopAll(slipway, drifting, backend, ids);
  await eventually(async () =>
    expect(await drifting.reconciler()).toMatchObject({ state: 'stopped', reason, databases: 6, drifted: 6 }),
  );
  return ids;
}

const reason = '6 of 6 databases drifted at the same time';

test('when too much drifts at once nothing is repaired, and it says so; when it is less again it goes on', async () => {
  await withSlipway({ SLIPWAY_RECONCILE_INTERVAL_SECONDS: '0.2' }, async (slipway, drifting, backend) => {
    const { api } = slipway;
    const ids = await storm(slipway, drifting, backend);
    await drifting.nextPass();
    await drifting.nextPass();
    for (const id of ids) {
      expect(await drifting.repairsOf(id)).toEqual([]);
      expect((await drifting.eventsOf(id)).map(({ type }) => type)).toEqual(['database.drifted']);
      await drifting.instanceOnce(id, {
        status: 'unhealthy',
        statusDetail: expect.stringContaining('exited with code 0'),
      });
    }
    // Two are brought up by hand, and four are few enough.
    const [first = '', second = '', ...others] = ids;
    await Promise.all([first, second].map((id) => api.succeeded('POST', `/v1/databases/${id}/restart`)));
    for (const id of others) expect(await drifting.repaired(id)).toMatchObject({ state: 'succeeded' });
    for (const id of ids) expect(await expectTruth(slipway, id, null)).toBe('available');
    await eventually(async () => expect(await drifting.reconciler()).toMatchObject({ state: 'repairing', drifted: 0 }));
    expect(await hostEvents(slipway)).toMatchObject([
      { type: 'reconciler.stopped', data: { reason, databases: 6, drifted: 6 } },
      { type: 'reconciler.resumed', data: { reason: null } },
    ]);
  });
});

/** The most repairs that were open at one time. */
async function mostRepairsAtOnce({ database }: Slipway): Promise<number> {
  const [row] = await query<{ most: number }>(
    database.url,
    `SELECT max(open)::int AS most FROM (
       SELECT (SELECT count(*) FROM operations AS others WHERE others.kind = 'repair'
         AND others.created_at <= repairs.created_at AND others.ended_at > repairs.created_at) AS open
       FROM operations AS repairs WHERE kind = 'repair') AS counts`,
  );
  return row?.most ?? 0;
}

test('twenty databases that end with their engine are brought back, four at a time, and killed by hand they are a storm, told once (M44, M45)', async () => {
  await withSlipway({ SLIPWAY_RECONCILE_INTERVAL_SECONDS: '0.2' }, async (slipway, drifting, backend) => {
    const { api, store, database } = slipway;
    await store.channels.create('default', newWebhook(), ada);
    const states = ['stopped', 'paused', ...Array.from({ length: 20 }, () => 'available' as const)] as const;
    const ids = await drifting.databasesThatAre(states);
    backend.restartEngine();
    for (const [index, id] of ids.entries()) {
      if (states[index] !== 'stopped') expect(await drifting.repaired(id)).toMatchObject({ state: 'succeeded' });
      expect(await expectTruth(slipway, id, null)).toBe(states[index]);
    }
    expect(await mostRepairsAtOnce(slipway)).toBe(4);
    await drifting.nextPass();
    expect(await hostEvents(slipway)).toEqual([]);

    const [, , ...available] = ids;
    await stopAll(slipway, drifting, backend, available);
    const { hostId, ...stopped } = await eventually(async () => {
      const reconciler = await drifting.reconciler();
      expect(reconciler).toMatchObject({ state: 'stopped', databases: 22, drifted: 20 });
      return reconciler;
    });
    const notices = () =>
      query(database.url, "SELECT data FROM notification_notices WHERE type = 'reconciler.stopped'");
    await eventually(async () => expect(await notices()).toHaveLength(1));
    await drifting.nextPass();
    await drifting.nextPass();
    expect(await notices()).toMatchObject([{ data: { hostId, reason: stopped.reason, databases: 22, drifted: 20 } }]);
    for (const id of available) expect(await drifting.repairsOf(id)).toHaveLength(1);
    expect((await api.send('POST', `/v1/reconcilers/${hostId}/resume`)).status).toBe(200);
    for (const id of available) expect(await drifting.repaired(id, 2)).toMatchObject({ state: 'succeeded' });
    expect(await mostRepairsAtOnce(slipway)).toBe(4);
  });
}, 180_000);

test('told to go on, it repairs whatever has drifted', async () => {
  await withSlipway({ SLIPWAY_RECONCILE_INTERVAL_SECONDS: '0.2' }, async (slipway, drifting, backend) => {
    const { api } = slipway;
    const { hostId } = await eventually(async () => {
      expect(await drifting.reconciler()).toBeDefined();
      return drifting.reconciler();
    });
    const resume = `/v1/reconcilers/${hostId}/resume`;
    const early = await api.send('POST', resume);
    expect(early).toMatchObject({ status: 409, body: { code: 'state_conflict', currentState: 'repairing' } });
    const ids = await storm(slipway, drifting, backend);
    expect(await api.send('POST', resume)).toMatchObject({ status: 200, body: { hostId, state: 'stopped' } });
    for (const id of ids) expect(await drifting.repaired(id)).toMatchObject({ state: 'succeeded' });
    for (const id of ids) expect(await expectTruth(slipway, id, null)).toBe('available');
  });
});

test('a reconciler that nobody has heard of cannot be told to go on', async () => {
  await withSlipway({}, async ({ api }) => {
    expect((await api.send('POST', '/v1/reconcilers/nowhere/resume')).status).toBe(404);
  });
});

test('with SLIPWAY_RECONCILE_REPAIR=false a drift is reported, once, and left', async () => {
  const env = { SLIPWAY_RECONCILE_INTERVAL_SECONDS: '0.2', SLIPWAY_RECONCILE_REPAIR: 'false' };
  await withSlipway(env, async (_slipway, drifting) => {
    const id = await drifting.databaseThatIs('available');
    await drifting.behindOurBack(id, 'removeContainer');
    const reasons = [expect.stringMatching(/^container .* is missing$/)];
    await eventually(async () =>
      expect(await drifting.eventsOf(id)).toMatchObject([{ type: 'database.drifted', data: { reasons } }]),
    );
    await drifting.nextPass();
    await drifting.nextPass();
    expect(await drifting.eventsOf(id)).toHaveLength(1);
    expect(await drifting.repairsOf(id)).toEqual([]);
    expect(await drifting.read(id)).toMatchObject({ state: 'available', instances: [{ status: 'unhealthy' }] });
    expect(await drifting.reconciler()).toMatchObject({ state: 'reporting', drifted: 1 });
  });
});

test('a container event shortens the wait', async () => {
  await withSlipway({ SLIPWAY_RECONCILE_INTERVAL_SECONDS: hour }, async (slipway, drifting) => {
    const id = await drifting.databaseThatIs('available');
    await drifting.behindOurBack(id, 'stopContainer');
    expect(await drifting.repaired(id)).toMatchObject({ state: 'succeeded' });
    expect(await expectTruth(slipway, id, null)).toBe('available');
  });
});

test('without events, drift is found at the intervals', async () => {
  const backend = createMemoryBackend();
  backend.unsupported.add('events');
  const run = async (_slipway: Slipway, drifting: Drifting) => {
    const id = await drifting.databaseThatIs('available');
    await drifting.behindOurBack(id, 'stopContainer');
    expect(await drifting.repaired(id)).toMatchObject({ state: 'succeeded' });
  };
  await withSlipway({ SLIPWAY_RECONCILE_INTERVAL_SECONDS: '0.3' }, run, backend);
});

test('a stream of events that was lost is opened again, and what happened meanwhile is looked for', async () => {
  const backend = createMemoryBackend();
  const gate = newGate();
  let isLost = true;
  backend.intercept = {
    before: async (call) => {
      if (call !== 'events' || !isLost) return;
      await gate.opened;
      isLost = false;
      throw new DatabaseError('backend_unavailable', 'made to fail');
    },
  };
  const run = async (slipway: Slipway, drifting: Drifting) => {
    const id = await drifting.databaseThatIs('available');
    await drifting.behindOurBack(id, 'stopContainer');
    gate.open();
    expect(await drifting.repaired(id)).toMatchObject({ state: 'succeeded' });
    await untilAtRest(slipway, id);
    expect(backend.calls.filter((call) => call === 'events')).toHaveLength(2);
  };
  await withSlipway({ SLIPWAY_RECONCILE_INTERVAL_SECONDS: hour }, run, backend);
});
