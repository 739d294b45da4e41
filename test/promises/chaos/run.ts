import { setTimeout as delay } from 'node:timers/promises';
import type { LifecycleState } from '../../../domain/states';
import { eventually } from '../../support/eventually';
import { type Committed, expectTruth, type Observed, untilAtRest } from '../../support/oracle';
import { commitSomething, insist, type Subject } from '../../support/verbs';
import { strike } from './faults';
import { newRandom } from './random';
import { places, type Script, scriptOf, textOf } from './script';
import { type ChaosStack, startChaosStack } from './stack';

/** A database, and the state in which the last look has found it. */
interface Place {
  readonly subject: Subject | null;
  readonly state: LifecycleState | 'gone';
}

export interface Chaos {
  /** One iteration; says in a line what was done. Throws with its script and the seed. */
  iterate(iteration: number): Promise<string>;
  stop(): Promise<void>;
}

/** Parts that were killed take their time, on a machine that does other things. */
const restTimeoutMs = 180_000;

export async function startChaos(seed: number): Promise<Chaos> {
  const stack: ChaosStack = await startChaosStack();
  const { client: api, temporal, backend, parts, docker } = stack;
  const slipway: Observed = { api, temporal, backend, hasEngines: true, database: { url: parts.databaseUrl } };
  let all: readonly Place[] = Array.from({ length: places }, () => ({ subject: null, state: 'gone' }));

  async function play({ operations, fault, faultAfterMs, faultSeed }: Script): Promise<void> {
    const asked = operations.map(async ({ place, kind }) => {
      const { databaseId } = await insist(api, kind, all[place]?.subject?.id ?? null);
      return { place, databaseId };
    });
    const targets = {
      kinds: operations.map(({ kind }) => kind),
      databaseIds: all.flatMap(({ subject }) => subject?.id ?? []),
    };
    const struck = delay(faultAfterMs).then(() => strike(fault, stack, newRandom(faultSeed), targets));
    const [accepted] = await Promise.all([Promise.all(asked), struck]);
    for (const { databaseId } of accepted) await eventually(() => untilAtRest(slipway, databaseId, restTimeoutMs));
    docker.aim(null);
    const ids = all.map(({ subject }, place) => subject?.id ?? accepted.find((one) => one.place === place)?.databaseId);
    const states = await eventually(async () => {
      await untilLookedAt();
      return Promise.all(
        ids.map(async (id, place) => (id === undefined ? 'gone' : expectTruth(slipway, id, committedAt(place)))),
      );
    }, restTimeoutMs);
    all = await Promise.all(
      states.map(async (state, place): Promise<Place> => {
        const id = ids[place];
        if (id === undefined || state === 'gone') return { subject: null, state: 'gone' };
        return { subject: all[place]?.subject ?? (await newcomer(id, state)), state };
      }),
    );
  }

  function committedAt(place: number): Committed | null {
    return all[place]?.subject?.committed ?? null;
  }

  /** The reconciler has listed everything since this was called, and what it found it has begun to repair. */
  async function untilLookedAt(): Promise<void> {
    const since = await passedAt();
    const first = await eventually(async () => laterThan(since), restTimeoutMs);
    await eventually(async () => laterThan(first), restTimeoutMs);
  }

  async function laterThan(since: string): Promise<string> {
    const at = await passedAt();
    expect(at > since).toBe(true);
    return at;
  }

  /** When the reconciler said last what it found; never, at first. */
  async function passedAt(): Promise<string> {
    const { status, body } = await api.send('GET', '/v1/reconcilers');
    expect({ status, body }).toMatchObject({ status: 200 });
    return body.items[0]?.passedAt ?? '';
  }

  /** One that a create has left: something is committed in it, or it has failed and will be deleted. */
  async function newcomer(id: string, state: LifecycleState): Promise<Subject> {
    return state === 'available' ? commitSomething(api, id) : { id, committed: null };
  }

  return {
    async iterate(iteration) {
      const states = all.map(({ state }) => state);
      const script = scriptOf(seed, iteration, states);
      const text = `seed ${seed}, iteration ${iteration}: ${textOf(script)}`;
      const began = performance.now();
      try {
        await play(script);
      } catch (error) {
        const replay = `npm run try -- chaos --iterations ${iteration + 1} --seed ${seed}`;
        throw new Error(`${text}\nbefore: ${states.join(' ')}\n${replay}\n${stack.logs().slice(-4_000)}`, {
          cause: error,
        });
      }
      return `${text} (${((performance.now() - began) / 1000).toFixed(1)} s)`;
    },
    stop: () => stack.remove(),
  };
}
