import { setTimeout as delay } from 'node:timers/promises';
import { kinds } from '../../../domain/operations/kinds';
import type { RequestedKind } from '../../../domain/operations/operations';
import { type CommitProxy, startCommitProxy } from '../../support/commit-proxy';
import { required } from '../../support/database';
import { expectTruth, untilAtRest } from '../../support/oracle';
import { gated } from '../../support/points';
import { type Slipway, startSlipway } from '../../support/slipway';
import { startTcpProxy, type TcpProxy, throughProxy } from '../../support/tcp-proxy';
import { newTrap } from '../../support/trap';
import { type Accepted, done, insist, newSubject, prepare, type Subject, wake } from '../../support/verbs';
import type { StoreCase, TemporalCase } from './parts-cases';

export interface PartsFaults {
  /** An operation of which one commit is cut off; it succeeds all the same. */
  runStore(one: StoreCase): Promise<void>;
  /** An operation during which Temporal is away; it succeeds all the same. */
  runTemporal(one: TemporalCase): Promise<void>;
  /** How many commits an operation makes that nothing disturbs. */
  countCommits(kind: RequestedKind): Promise<number>;
  stop(): Promise<void>;
}

/** A whole Slipway with a proxy before its store and another before its Temporal. */
export async function startPartsFaults(outageMs: number): Promise<PartsFaults> {
  const toStore: CommitProxy = await startCommitProxy(required('DATABASE_URL'));
  const [host = '', port = ''] = required('TEMPORAL_ADDRESS').split(':');
  const toTemporal: TcpProxy = await startTcpProxy({ host, port: Number(port) });
  const trap = newTrap();
  const slipway: Slipway = await startSlipway({
    toStore: (databaseUrl) => throughProxy(databaseUrl, toStore),
    env: { TEMPORAL_ADDRESS: `127.0.0.1:${toTemporal.port}`, SLIPWAY_HEARTBEAT_TIMEOUT_MS: '1000' },
    activities: (own) => gated(own, trap.checkpoint),
  });
  const { api } = slipway;
  /** A database that the case before has left available. */
  let spare: Subject | null = null;

  async function prepared(kind: RequestedKind): Promise<Subject | null> {
    if (kind === 'create') return null;
    const subject: Subject = spare ?? (await newSubject(api));
    spare = null;
    await prepare(api, kind, subject);
    return subject;
  }

  async function expectSuccess(kind: RequestedKind, { id, databaseId }: Accepted, subject: Subject | null) {
    expect(await api.finished(id)).toMatchObject({ state: 'succeeded', error: null });
    await untilAtRest(slipway, databaseId);
    const state = await expectTruth(slipway, databaseId, subject?.committed ?? null);
    const { to, from } = kinds[kind];
    expect(state).toBe(to === 'former' ? from[0] : (to ?? 'gone'));
    if (await wake(api, state, databaseId)) await expectTruth(slipway, databaseId, subject?.committed ?? null);
    if (kind === 'create') await done(api, 'delete', databaseId);
    else if (state !== 'gone') spare = subject;
  }

  return {
    async runStore({ kind, nth, moment }) {
      const subject = await prepared(kind);
      toStore.aim(nth, moment);
      const operation = await insist(api, kind, subject?.id ?? null);
      await api.finished(operation.id);
      expect({ struck: toStore.hasStruck() }).toEqual({ struck: true });
      await expectSuccess(kind, operation, subject);
    },

    async runTemporal({ kind, point, outage }) {
      const subject = await prepared(kind);
      const there = trap.sprung(point);
      const operation = await insist(api, kind, subject?.id ?? null);
      await there;
      toTemporal[outage]();
      // The outage itself, not a wait for anything.
      await delay(outageMs);
      toTemporal.mend();
      await expectSuccess(kind, operation, subject);
    },

    async countCommits(kind) {
      const subject = await prepared(kind);
      toStore.takeCount();
      const operation = await insist(api, kind, subject?.id ?? null);
      await api.finished(operation.id);
      const count = toStore.takeCount();
      await expectSuccess(kind, operation, subject);
      return count;
    },

    async stop() {
      toTemporal.mend();
      await slipway.stop();
      await toStore.close();
      await toTemporal.close();
    },
  };
}
