import { newWebhook } from '../../support/channels';
import { query, required } from '../../support/database';
import { eventually } from '../../support/eventually';
import { expectTruth, untilAtRest } from '../../support/oracle';
import { isLeftOut, type OwnDaemon, startOwnDaemon } from '../../support/own-daemon';
import { type Slipway, startSlipway } from '../../support/slipway';
import { ada } from '../../support/test-store';
import { newSubject, prepare, type Subject } from '../../support/verbs';

// A Docker daemon that goes away while nothing is asked takes its containers with it, or lets paused ones run.

let daemon: OwnDaemon;
let slipway: Slipway;
beforeAll(async () => {
  if (isLeftOut) return;
  const image = /(?:^|,)17=([^,]+)/.exec(required('SLIPWAY_ENGINE_IMAGES'))?.[1] ?? '';
  daemon = await startOwnDaemon(image);
  slipway = await startSlipway({
    env: {
      DOCKER_HOST: daemon.dockerHost,
      SLIPWAY_HOST_ADDRESS: daemon.address,
      SLIPWAY_RECONCILE_INTERVAL_SECONDS: '1',
      SLIPWAY_BREAKER_RESET_SECONDS: '1',
    },
  });
  await slipway.store.channels.create('default', newWebhook(), ada);
});
afterAll(async () => {
  await slipway?.stop();
  await daemon?.remove();
});

interface Case {
  readonly state: 'available' | 'stopped' | 'paused';
  readonly subject: Subject;
}

/** Databases at each rest, each with a row that is not to be lost; several are available. */
async function atEachRest(available: number): Promise<Case[]> {
  const { api } = slipway;
  const states = ['stopped', 'paused', ...Array.from({ length: available }, () => 'available' as const)] as const;
  return Promise.all(
    states.map(async (state) => {
      const subject = await newSubject(api);
      if (state === 'stopped') await prepare(api, 'start', subject);
      if (state === 'paused') await prepare(api, 'resume', subject);
      return { state, subject };
    }),
  );
}

(isLeftOut ? test.skip : test).each([
  // With the paused one, five drift at once: as many as would stop the reconciler if they had been killed by hand.
  { what: 'restarted, which ends its containers', liveRestore: false, available: 4, leave: () => daemon.stop() },
  { what: 'killed, and containers run on (live-restore)', liveRestore: true, available: 1, leave: () => daemon.kill() },
])(
  'after the daemon was $what, every database is brought back as it was (M44)',
  async (daemonCase) => {
    const { liveRestore, available, leave } = daemonCase;
    await daemon.stop();
    await daemon.start({ liveRestore });
    const cases = await atEachRest(available);
    await leave();
    await daemon.start({ liveRestore });
    for (const { state, subject } of cases) {
      const { id, committed } = subject;
      await eventually(async () => {
        await untilAtRest(slipway, id, 60_000);
        expect(await expectTruth(slipway, id, committed)).toBe(state);
      }, 120_000);
    }
    const stopped = "SELECT 1 FROM notification_notices WHERE type = 'reconciler.stopped'";
    expect(await query(slipway.database.url, stopped)).toEqual([]);
  },
  300_000,
);
