import { setTimeout as delay } from 'node:timers/promises';
import { kinds } from '../../../domain/operations/kinds';
import { required } from '../../support/database';
import { newGate } from '../../support/gate';
import { expectTruth, untilAtRest } from '../../support/oracle';
import { type OwnDaemon, startOwnDaemon } from '../../support/own-daemon';
import { gated } from '../../support/points';
import { startSlipway } from '../../support/slipway';
import { newTrap } from '../../support/trap';
import { accept, done, newSubject, prepare, type Subject, wake } from '../../support/verbs';
import { type DaemonCase, type DaemonFault, mustSucceed, strikes } from './daemon-cases';

export interface DaemonFaultsSettings {
  /** How long the daemon is away or frozen. */
  readonly outageMs: number;
  /** How long a call waits for it. */
  readonly callTimeoutMs: number;
}

export interface DaemonFaults {
  run(one: DaemonCase): Promise<void>;
  stop(): Promise<void>;
}

/** A Slipway whose host is a Docker daemon of its own. */
export async function startDaemonFaults({ outageMs, callTimeoutMs }: DaemonFaultsSettings): Promise<DaemonFaults> {
  const image =
    required('SLIPWAY_ENGINE_IMAGES')
      .split(',')
      .find((pair) => pair.startsWith('17='))
      ?.slice(3) ?? '';
  const daemon: OwnDaemon = await startOwnDaemon(image);
  const trap = newTrap();
  const slipway = await startSlipway({
    env: {
      DOCKER_HOST: daemon.dockerHost,
      SLIPWAY_HOST_ADDRESS: daemon.address,
      SLIPWAY_CALL_TIMEOUT_SECONDS: String(callTimeoutMs / 1000),
      SLIPWAY_LONG_CALL_TIMEOUT_SECONDS: String(callTimeoutMs / 1000),
      SLIPWAY_READINESS_TIMEOUT_SECONDS: '60',
      SLIPWAY_BREAKER_RESET_SECONDS: '1',
    },
    activities: (own) => gated(own, trap.checkpoint),
  }).catch(async (error: unknown) => {
    await daemon.remove();
    throw error;
  });
  const { api } = slipway;

  /** The daemon goes away, and comes back after a while; `gone` is called in between. */
  const strike: Readonly<Record<DaemonFault, (liveRestore: boolean, gone: () => void) => Promise<void>>> = {
    async stopped(liveRestore, gone) {
      await daemon.stop();
      gone();
      await delay(outageMs);
      await daemon.start({ liveRestore });
    },
    async restarted(liveRestore, gone) {
      await daemon.stop();
      gone();
      await daemon.start({ liveRestore });
    },
    async killed(liveRestore, gone) {
      await daemon.kill();
      gone();
      await daemon.start({ liveRestore });
    },
    async frozen(_liveRestore, gone) {
      daemon.freeze();
      gone();
      await delay(outageMs);
      daemon.thaw();
    },
  };

  return {
    async run(one) {
      const { kind, fault, liveRestore } = one;
      await daemon.stop();
      await daemon.start({ liveRestore });
      const subject: Subject | null = kind === 'create' ? null : await newSubject(api);
      if (subject !== null) await prepare(api, kind, subject);
      const gone = newGate();
      // A daemon that takes its containers with it must not do so after the operation's last look: that is drift, and
      // not the operation's. With live-restore it goes away while it is asked.
      if (liveRestore) gone.open();
      const there = trap.sprung({ activity: strikes[kind], moment: 'before' }, gone.opened);
      const { id, databaseId } = await accept(api, kind, subject?.id ?? null);
      await there;
      await strike[fault](liveRestore, gone.open);
      await untilAtRest(slipway, databaseId, 120_000);
      const state = await expectTruth(slipway, databaseId, subject?.committed ?? null);
      const { body: operation } = await api.send('GET', `/v1/operations/${id}`);
      const { to, from } = kinds[kind];
      const success = { end: 'succeeded', code: undefined, states: [to === 'former' ? from[0] : (to ?? 'gone')] };
      const failure = { end: 'failed', code: 'container_exited', states: [from[0], 'failed'] };
      const { states, ...expected } = mustSucceed(one) || operation.state === 'succeeded' ? success : failure;
      expect({ end: operation.state, code: operation.error?.code }).toEqual(expected);
      expect(states).toContain(state);
      if (await wake(api, state, databaseId)) await expectTruth(slipway, databaseId, subject?.committed ?? null);
      if (state !== 'gone') await done(api, 'delete', databaseId);
    },

    async stop() {
      await slipway.stop().finally(() => daemon.remove());
    },
  };
}
