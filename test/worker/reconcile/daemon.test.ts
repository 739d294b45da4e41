import { required } from '../../support/database';
import { eventually } from '../../support/eventually';
import { expectTruth, untilAtRest } from '../../support/oracle';
import { isLeftOut, type OwnDaemon, startOwnDaemon } from '../../support/own-daemon';
import { type Slipway, startSlipway } from '../../support/slipway';
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
});
afterAll(async () => {
  await slipway?.stop();
  await daemon?.remove();
});

/** Databases at each rest, each with a row that is not to be lost. */
async function atEachRest(): Promise<Record<'available' | 'stopped' | 'paused', Subject>> {
  const { api } = slipway;
  const [available, stopped, paused] = [await newSubject(api), await newSubject(api), await newSubject(api)];
  await prepare(api, 'start', stopped);
  await prepare(api, 'resume', paused);
  return { available, stopped, paused };
}

(isLeftOut ? test.skip : test).each([
  { what: 'restarted, which ends its containers', liveRestore: false, leave: () => daemon.stop() },
  { what: 'killed, and containers run on (live-restore)', liveRestore: true, leave: () => daemon.kill() },
])('after the daemon was $what, every database is brought back as it was', async ({ liveRestore, leave }) => {
  await daemon.stop();
  await daemon.start({ liveRestore });
  const subjects = await atEachRest();
  await leave();
  await daemon.start({ liveRestore });
  for (const [state, { id, committed }] of Object.entries(subjects)) {
    await eventually(async () => {
      await untilAtRest(slipway, id, 60_000);
      expect(await expectTruth(slipway, id, committed)).toBe(state);
    }, 120_000);
  }
});
