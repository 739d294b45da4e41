import type { Backend } from '../../../containers/backend';
import { createMemoryBackend, type MemoryBackend } from '../../../containers/memory';
import { createResilientBackend, type ResilientBackend } from '../../../containers/resilience/backend';
import { type CallLength, callLengths } from '../../../containers/resilience/calls';
import { defaultResilience, type ResilienceSettings } from '../../../containers/resilience/settings';
import type { BreakerStatus } from '../../../containers/resilience/status';
import { DatabaseError, type ErrorCode } from '../../../domain/errors';
import { newGate } from '../../support/gate';
import { newInstallation } from '../../support/installations';
import { type ManualClock, newManualClock, settled } from '../../support/manual-clock';
import { create, newFixture } from '../fixtures';

const installation = newInstallation();
const image = 'slipway/postgres:17';
const { failures, resetMs } = defaultResilience.breaker;

let clock: ManualClock;
let memory: MemoryBackend;
let backend: ResilientBackend;
let changes: BreakerStatus[];
beforeEach(() => {
  changes = [];
  clock = newManualClock();
  memory = createMemoryBackend();
  backend = resilient({});
});

function resilient(settings: Partial<ResilienceSettings>): ResilientBackend {
  const changed = (status: BreakerStatus) => changes.push(status);
  return createResilientBackend(memory, { ...defaultResilience, ...settings, hostId: 'h1', changed, clock });
}

/** What a call ended by; null when it went well. */
async function errorOf(run: Promise<unknown>): Promise<any> {
  return run.then(
    () => null,
    (error: unknown) => error,
  );
}

function failWith(error: unknown): void {
  memory.intercept = {
    before: () => {
      throw error;
    },
  };
}

const away = new DatabaseError('backend_unavailable', 'list: connect ECONNREFUSED /var/run/docker.sock');

/** Opens the breaker by as many failures as it takes. */
async function open(): Promise<void> {
  failWith(away);
  for (let call = 0; call < failures; call += 1) expect(await errorOf(backend.list({}))).toBe(away);
}

/** A call that does not come back until it is let go, or until its signal ends it. */
function hang() {
  const gate = newGate();
  memory.intercept = { before: () => gate.opened };
  return gate;
}

describe('a host that does not answer', () => {
  test('is not asked any more, and the caller learns since when, why, and when to come again (B24)', async () => {
    const since = new Date(clock.now()).toISOString();
    await open();
    const asked = memory.calls.length;
    await clock.advance(1_500);
    const error = await errorOf(backend.inspectContainer('c'));
    expect(error).toMatchObject({
      code: 'backend_unavailable',
      message: `host h1 has been unavailable since ${since}: ${away.message}`,
      details: { hostId: 'h1', unavailableSince: since, retryAfterSeconds: 29 },
    });
    expect(memory.calls).toHaveLength(asked);
    expect(changes).toEqual([expect.objectContaining({ state: 'open', unavailableSince: since })]);
  });

  test('is tried by one call at a time after the reset time, and closes after two (B24)', async () => {
    await open();
    await clock.advance(resetMs);
    const gate = hang();
    const probe = backend.list({});
    await settled();
    expect(await errorOf(backend.list({}))).toMatchObject({
      code: 'backend_unavailable',
      details: { retryAfterSeconds: 1 },
    });
    gate.open();
    await probe;
    expect(backend.status().breaker.state).toBe('half_open');
    await backend.list({});
    expect(backend.status().breaker).toMatchObject({ state: 'closed', unavailableSince: null });
    expect(changes.map(({ state }) => state)).toEqual(['open', 'half_open', 'closed']);
  });

  test('is tried by pings before a long call, which would keep all others away for as long', async () => {
    await open();
    await clock.advance(resetMs);
    memory.intercept = {};
    const asked = memory.calls.length;
    await backend.ensureImage(image);
    expect(memory.calls.slice(asked)).toEqual(['ping', 'ping', `ensureImage ${image}`]);
    expect(backend.status().breaker.state).toBe('closed');
  });

  test('is not asked by those who queued before the breaker opened', async () => {
    backend = resilient({ breaker: { failures: 1, resetMs, successes: 2 }, bulkhead: { maxCalls: 1, waitMs: 10_000 } });
    const gate = newGate();
    memory.intercept = { before: () => gate.opened, after: () => Promise.reject(away) };
    const held = errorOf(backend.list({}));
    await settled();
    const queued = errorOf(backend.list({}));
    gate.open();
    expect(await held).toBe(away);
    expect(await queued).toMatchObject({ code: 'backend_unavailable', details: { retryAfterSeconds: 30 } });
    expect(memory.calls).toEqual(['list']);
    expect(backend.status().calls).toMatchObject({ running: 0, waiting: 0 });
  });
});

const counted: readonly ErrorCode[] = ['backend_unavailable', 'backend_timeout'];
const uncounted: readonly { readonly error: unknown; readonly title: string }[] = [
  ...(
    [
      'name_taken',
      'port_taken',
      'container_missing',
      'container_exited',
      'volume_missing',
      'volume_in_use',
      'image_not_found',
      'invalid_container',
      'capacity_exhausted',
      'not_supported',
      'invalid_request',
      'backend_error',
    ] as const
  ).map((code) => ({ title: code, error: new DatabaseError(code, 'no') })),
  ...[304, 404, 409, 500].map((status) => ({
    title: `HTTP status ${status}`,
    error: new DatabaseError('backend_error', 'no', { status }),
  })),
  { title: 'an error of our own making', error: new TypeError('x is not a function') },
];

test.each(counted)('%s counts against the host (B27)', async (code) => {
  failWith(new DatabaseError(code, 'no answer'));
  for (let call = 0; call < failures; call += 1) await errorOf(backend.list({}));
  expect(backend.status().breaker).toMatchObject({ state: 'open', lastFailure: { message: 'no answer' } });
});

test.each(uncounted)('$title does not count against the host, however often (B27)', async ({ error }) => {
  failWith(error);
  for (let call = 0; call < 4 * failures; call += 1) expect(await errorOf(backend.list({}))).toBe(error);
  expect(backend.status().breaker).toMatchObject({ state: 'closed', lastFailure: null });
});

test('the caller’s own cancellation does not count against the host, whatever it ends the call by (B27)', async () => {
  for (let call = 0; call < 4 * failures; call += 1) {
    const caller = new AbortController();
    memory.intercept = {
      before: () => {
        caller.abort(new Error('gone'));
        throw away;
      },
    };
    await errorOf(backend.list({}, { signal: caller.signal }));
  }
  expect(backend.status().breaker.state).toBe('closed');
});

describe('a host that is busy', () => {
  const bulkhead = { maxCalls: 2, waitMs: 10_000 };

  test('has so many calls at once; one more waits, and is told in time that there is no room (B30, B32)', async () => {
    backend = resilient({ bulkhead });
    const gate = hang();
    const held = [backend.list({}), backend.list({})];
    await settled();
    const waiting = errorOf(backend.list({}));
    await settled();
    expect(backend.status().calls).toEqual({ running: 2, waiting: 1, most: 2 });
    expect(memory.calls).toHaveLength(2);
    await clock.advance(10_000);
    expect(await waiting).toMatchObject({
      code: 'backend_busy',
      message: 'host h1 is busy: no free slot within 10 s, 2 calls running and 1 waiting',
      details: { hostId: 'h1', retryAfterSeconds: 1 },
    });
    gate.open();
    await Promise.all(held);
    await backend.list({});
    // Busy is not away.
    expect(backend.status().breaker.lastFailure).toBeNull();
  });

  test('a caller cancelled while waiting gets its own reason (B31)', async () => {
    backend = resilient({ bulkhead });
    const gate = hang();
    const held = [backend.list({}), backend.list({})];
    await settled();
    const caller = new AbortController();
    const waiting = errorOf(backend.stopContainer('c', {}, { signal: caller.signal }));
    await settled();
    const reason = new Error('the operation was cancelled');
    caller.abort(reason);
    expect(await waiting).toBe(reason);
    gate.open();
    await Promise.all(held);
    expect(memory.calls).not.toContain('stopContainer c');
  });

  test('answers a ping all the same, also while the breaker is open (B36)', async () => {
    backend = resilient({ bulkhead });
    const gate = hang();
    const held = [backend.list({}), backend.list({})];
    await settled();
    memory.intercept = {};
    await backend.ping();
    gate.open();
    await Promise.all(held);
    await open();
    memory.intercept = {};
    await backend.ping();
    expect(backend.status().breaker.state).toBe('open');
  });
});

describe('deadlines', () => {
  const lengths = Object.entries(callLengths) as [keyof Backend, CallLength][];
  const named = (length: CallLength) => lengths.filter(([, own]) => own === length).map(([name]) => name);

  test('short calls have 2 min, long ones 10 min; long are those that move data or wait for what runs (B20, B37)', () => {
    expect(defaultResilience).toMatchObject({ callTimeoutMs: 120_000, longCallTimeoutMs: 600_000 });
    expect(named('long').sort()).toEqual([
      'ensureImage',
      'exec',
      'peekVolume',
      'removeContainer',
      'removeVolume',
      'stopContainer',
      'updateContainer',
    ]);
  });

  const calls: Partial<Record<keyof Backend, () => Promise<unknown>>> = {
    ping: () => backend.ping(),
    list: () => backend.list({}),
    startContainer: () => backend.startContainer('c', {}),
    ensureImage: () => backend.ensureImage(image),
    stopContainer: () => backend.stopContainer('c', {}),
    exec: () => backend.exec('c', { command: ['true'], timeoutSeconds: 1 }),
  };

  test.each(Object.keys(calls) as (keyof Backend)[])(
    '%s ends at its deadline, which counts against the host (B33, B37)',
    async (name) => {
      backend = resilient({ breaker: { failures: 1, resetMs, successes: 2 } });
      hang();
      const timeoutMs = callLengths[name] === 'short' ? 120_000 : 600_000;
      let error: any;
      void errorOf(calls[name]?.() ?? Promise.resolve()).then((ended) => {
        error = ended;
      });
      await clock.advance(timeoutMs - 1);
      expect(error).toBeUndefined();
      await clock.advance(1);
      expect(error).toMatchObject({ code: 'backend_timeout' });
      expect(error.message).toMatch(new RegExp(`^host h1: ${name}.*: no response within ${timeoutMs / 1000} s$`));
      // A ping has no say in the breaker.
      expect(backend.status().breaker.state).toBe(name === 'ping' ? 'closed' : 'open');
      expect(clock.pending).toBe(0);
    },
  );

  test('the time spent waiting counts (B33)', async () => {
    backend = resilient({ bulkhead: { maxCalls: 1, waitMs: 10_000 }, callTimeoutMs: 15_000 });
    const first = hang();
    const held = backend.ensureImage(image);
    await settled();
    let ended: any;
    void errorOf(backend.list({})).then((error) => {
      ended = error;
    });
    await clock.advance(9_000);
    hang();
    first.open();
    await held;
    await clock.advance(5_999);
    expect(memory.calls).toContain('list');
    expect(ended).toBeUndefined();
    await clock.advance(1);
    expect(ended).toMatchObject({ code: 'backend_timeout' });
  });

  test('a call that heeds no signal is answered at its deadline; its slot is kept until it ends (B33, B35)', async () => {
    const gate = newGate();
    memory.ensureVolume = () => gate.opened;
    const call = errorOf(backend.ensureVolume({ name: 'v', labels: {} }));
    await clock.advance(120_000);
    expect(await call).toMatchObject({ code: 'backend_timeout' });
    expect(backend.status().calls.running).toBe(1);
    gate.open();
    await settled();
    expect(backend.status().calls.running).toBe(0);
  });

  test('a stream is not cut by it, and takes no slot once it is open (B34)', async () => {
    const fixture = await newFixture(installation, image);
    await create(backend, fixture);
    const caller = new AbortController();
    const events = await backend.events(fixture.labels, { signal: caller.signal });
    expect(backend.status().calls.running).toBe(0);
    await clock.advance(24 * 3_600_000);
    await backend.startContainer(fixture.name, fixture.labels);
    const iterator = events[Symbol.asyncIterator]();
    expect((await iterator.next()).value).toMatchObject({ action: 'start', name: fixture.name });
    const reason = new Error('the caller has gone');
    caller.abort(reason);
    expect(await errorOf(iterator.next())).toBe(reason);
  });

  test('a stream that does not open ends at the deadline (B34)', async () => {
    hang();
    const opening = errorOf(backend.events({}));
    await clock.advance(120_000);
    expect(await opening).toMatchObject({ code: 'backend_timeout' });
  });
});

/** The same numbers for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

test.each([1, 2, 3])(
  'after thousands of calls with every kind of end there is full capacity (B35; seed %i)',
  async (seed) => {
    const most = 5;
    backend = resilient({ bulkhead: { maxCalls: most, waitMs: 1_000 }, callTimeoutMs: 3_000 });
    const random = randomOf(seed);
    const errors = [away, new DatabaseError('backend_error', 'oh'), new DatabaseError('container_missing', 'no')];
    let atOnce = 0;
    let mostAtOnce = 0;
    const { list } = memory;
    memory.list = async (labels, call) => {
      atOnce += 1;
      mostAtOnce = Math.max(mostAtOnce, atOnce);
      try {
        return await list(labels, call);
      } finally {
        atOnce -= 1;
      }
    };
    const lasting = (milliseconds: number) => new Promise<void>((resolve) => clock.after(milliseconds, resolve));
    memory.intercept = {
      before: async () => {
        const chosen = random();
        if (chosen < 0.3) throw errors[Math.floor(random() * errors.length)];
        if (chosen < 0.6) await lasting(random() * 500);
        if (chosen < 0.63) await lasting(5_000);
      },
    };
    const ends = new Map<string, number>();
    const open: Promise<unknown>[] = [];
    for (let call = 0; call < 3_000; call += 1) {
      const caller = new AbortController();
      const made = errorOf(backend.list({}, { signal: caller.signal }));
      open.push(
        made.then((error) => {
          const end = error === null ? 'succeeded' : (error.code ?? error.message);
          ends.set(end, (ends.get(end) ?? 0) + 1);
        }),
      );
      if (random() < 0.1) clock.after(random() * 1_500, () => caller.abort(new Error('cancelled')));
      if (random() < 0.3) await clock.advance(random() * 400);
      // Not to sit out every reset time.
      if (backend.status().breaker.state === 'open') await clock.advance(resetMs);
    }
    await clock.advance(60_000);
    await Promise.all(open);
    expect([...ends.keys()].sort()).toEqual([
      'backend_busy',
      'backend_error',
      'backend_timeout',
      'backend_unavailable',
      'cancelled',
      'container_missing',
      'succeeded',
    ]);
    expect(mostAtOnce).toBe(most);
    expect(backend.status().calls).toEqual({ running: 0, waiting: 0, most });

    await clock.advance(resetMs);
    memory.intercept = {};
    await backend.ensureImage(image);
    const gate = hang();
    const held = Array.from({ length: most + 1 }, () => errorOf(backend.list({})));
    await settled();
    expect(backend.status().calls).toEqual({ running: most, waiting: 1, most });
    gate.open();
    expect(await Promise.all(held)).toEqual(Array(most + 1).fill(null));
    expect(clock.pending).toBe(0);
  },
);
