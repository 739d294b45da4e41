import type { HostOf } from '../../../dev/memory-host';
import { kinds } from '../../../domain/operations/kinds';
import type { RequestedKind } from '../../../domain/operations/operations';
import { dockerPorts } from '../../../worker/compose';
import { type DockerProxy, startDockerProxy } from '../../support/docker-proxy';
import { expectTruth, untilAtRest } from '../../support/oracle';
import { type Slipway, startSlipway } from '../../support/slipway';
import { accept, done, newSubject, prepare, type Subject, wake } from '../../support/verbs';
import { type DockerCase, isLie } from './docker-cases';

export interface DockerFaults {
  readonly slipway: Slipway;
  run(one: DockerCase): Promise<void>;
  /** The calls of one operation that nothing disturbs. */
  record(kind: RequestedKind): Promise<string[]>;
  stop(): Promise<void>;
}

export interface DockerFaultsSettings {
  readonly silenceMs: number;
  readonly callTimeoutMs: number;
  readonly longCallTimeoutMs: number;
}

/** A worker that reaches Docker by way of a proxy that can go wrong. */
export async function startDockerFaults({
  silenceMs,
  callTimeoutMs,
  longCallTimeoutMs,
}: DockerFaultsSettings): Promise<DockerFaults> {
  const proxy: DockerProxy = await startDockerProxy({ dockerHost: process.env.DOCKER_HOST, silenceMs });
  const ports: HostOf = (config, store, logger) =>
    dockerPorts({ ...config, docker: { dockerHost: proxy.dockerHost } }, store, logger);
  const slipway = await startSlipway({
    ports,
    hasEngines: true,
    env: {
      SLIPWAY_CALL_TIMEOUT_SECONDS: String(callTimeoutMs / 1000),
      SLIPWAY_LONG_CALL_TIMEOUT_SECONDS: String(longCallTimeoutMs / 1000),
      SLIPWAY_READINESS_TIMEOUT_SECONDS: '60',
    },
  });
  const { api } = slipway;
  /** A database that the case before has left available. */
  let spare: Subject | null = null;

  /** A database in the state that the operation begins in. */
  async function prepared(kind: RequestedKind): Promise<Subject | null> {
    if (kind === 'create') return null;
    const subject: Subject = spare ?? (await newSubject(api));
    spare = null;
    await prepare(api, kind, subject);
    return subject;
  }

  return {
    slipway,

    async run(one) {
      const subject = await prepared(one.kind);
      proxy.aim(one);
      const { id, databaseId } = await accept(api, one.kind, subject?.id ?? null);
      await untilAtRest(slipway, databaseId);
      expect({ struck: proxy.hasStruck() }).toEqual({ struck: true });
      proxy.aim(null);
      const state = await expectTruth(slipway, databaseId, subject?.committed ?? null);
      const { body: operation } = await api.send('GET', `/v1/operations/${id}`);
      expect({ state, error: operation.error }).toEqual(expectedOf(one));
      if (await wake(api, state, databaseId)) await expectTruth(slipway, databaseId, subject?.committed ?? null);
      if (state !== 'gone' && state !== 'failed' && leavesSpare(one.kind)) {
        spare = subject;
      } else if (state !== 'gone') {
        // Asking again carries on, from whatever is left.
        await done(api, 'delete', databaseId);
        expect(await expectTruth(slipway, databaseId, null)).toBe('gone');
      }
    },

    async record(kind) {
      // One that no case before has given anything, such as a pooler.
      spare = null;
      const subject = await prepared(kind);
      proxy.takeCalls();
      const { id, databaseId } = await accept(api, kind, subject?.id ?? null);
      expect(await api.finished(id)).toMatchObject({ state: 'succeeded' });
      const calls = proxy.takeCalls();
      if (!leavesSpare(kind)) {
        await done(api, 'delete', databaseId);
      } else if (subject !== null && kind !== 'delete') {
        await wake(api, kinds[kind].to ?? 'gone', databaseId);
        spare = subject;
      }
      return calls;
    },

    async stop() {
      proxy.aim(null);
      await slipway.stop();
      await proxy.close();
    },
  };
}

/** Whether a database is as good as new after it: one that has a pooler now would not be given it again. */
function leavesSpare(kind: RequestedKind): boolean {
  return kind !== 'create' && kind !== 'update';
}

/**
 * How an operation may end. A fault that passes is no reason to fail. After a lie (a false status, or a response of
 * another shape) success and failure are both right: the operation may have found out the truth or not. `expectTruth`
 * holds either end to what there is.
 */
function expectedOf(one: DockerCase): unknown {
  const { to, from } = kinds[one.kind];
  const [former] = one.kind === 'create' || one.kind === 'delete' ? ['failed'] : from;
  const success = { state: to === 'former' ? former : (to ?? 'gone'), error: null };
  if (!isLie(one)) return success;
  const failure = { state: former, error: expect.objectContaining({ code: expect.any(String) }) };
  return { asymmetricMatch: (seen: unknown) => matches(seen, success) || matches(seen, failure) };
}

function matches(seen: unknown, wanted: unknown): boolean {
  try {
    expect(seen).toEqual(wanted);
    return true;
  } catch {
    // It is the other one, or neither.
    return false;
  }
}
