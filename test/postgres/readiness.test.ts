import { setTimeout as delay } from 'node:timers/promises';
import { DatabaseError as PostgresError } from 'pg';
import type { ProbeResult } from '../../postgres/probe';
import { awaitAnswer, awaitReady } from '../../postgres/readiness';

const patience = { intervalMs: 2, timeoutMs: 50 };
/** Of what comes to its end before the deadline, however busy the machine is. */
const patient = { intervalMs: 2, timeoutMs: 10_000 };
const primary = (startedAt: string): ProbeResult => ({ startedAt, inRecovery: false });
const never = new AbortController().signal;
const hanging = () => new Promise<never>(() => undefined);

/** A probe that gives these outcomes in turn, then the last one for ever; and how often it was asked. */
function probing(...outcomes: (ProbeResult | Error)[]) {
  const probe = jest.fn(async () => {
    const outcome = outcomes[Math.min(probe.mock.calls.length, outcomes.length) - 1] as ProbeResult | Error;
    if (outcome instanceof Error) throw outcome;
    return outcome;
  });
  return probe;
}

/** A probe that is answered, and then never again. */
function answeringOnce() {
  let answered = false;
  return async () => {
    if (answered) return hanging();
    answered = true;
    return primary('noon');
  };
}

const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:20001'), { code: 'ECONNREFUSED' });

test('two answers by one server make it ready (A18)', async () => {
  const probe = probing(primary('noon'));
  await awaitReady(probe, patient, never);
  expect(probe).toHaveBeenCalledTimes(2);
});

test('a server that restarted between two answers has to answer twice again (A18)', async () => {
  const probe = probing(primary('noon'), primary('one'), primary('one'));
  await awaitReady(probe, patient, never);
  expect(probe).toHaveBeenCalledTimes(3);
});

test('an error between two answers begins the count again (A18)', async () => {
  const probe = probing(primary('noon'), refused, primary('noon'), primary('noon'));
  await awaitReady(probe, patient, never);
  expect(probe).toHaveBeenCalledTimes(4);
});

test('errors of single probes are tolerated until the deadline (A23)', async () => {
  const probe = probing(refused, refused, refused, primary('noon'));
  await awaitReady(probe, patient, never);
  expect(probe).toHaveBeenCalledTimes(5);
});

const refusal = (code: string, message: string): Error =>
  Object.assign(new PostgresError(message, 0, 'error'), { code });
const starting = refusal('57P03', 'the database system is starting up');
const full = refusal('53300', 'sorry, too many clients already');

test('the timeout does not run while the engine starts or recovers (M48)', async () => {
  let hasRecovered = false;
  setTimeout(() => {
    hasRecovered = true;
  }, 200);
  const probe = async () => {
    if (!hasRecovered) throw starting;
    return primary('noon');
  };
  await awaitReady(probe, patience, never, { beforeMs: 0, limitMs: 60_000 });
});

test('the timeout begins again once the engine no longer says that it recovers (M48)', async () => {
  const probe = probing(starting, refused);
  await expect(awaitReady(probe, patience, never, { beforeMs: 0, limitMs: 60_000 })).rejects.toMatchObject({
    code: 'not_ready',
    details: { lastAnswer: 'silent', timeoutSeconds: 0.05 },
  });
});

test('a recovery past its own limit is not_ready (M48, A21)', async () => {
  const recovery = { beforeMs: 950, limitMs: 1_000 };
  await expect(awaitReady(probing(starting), patient, never, recovery)).rejects.toMatchObject({
    code: 'not_ready',
    message: expect.stringContaining('did not recover within 1 s'),
  });
});

test('without a limit of its own, a recovery counts as a failed probe', async () => {
  await expect(awaitReady(probing(starting), patience, never)).rejects.toMatchObject({
    code: 'not_ready',
    details: { lastAnswer: 'starting' },
  });
});

test('an engine whose connections are all in use is ready (M50)', async () => {
  const probe = probing(full);
  await awaitReady(probe, patient, never);
  expect(probe).toHaveBeenCalledTimes(2);
});

test("past the deadline it is not_ready, with the last probe's cause, well under a second (A19, A20, A38)", async () => {
  const started = performance.now();
  const probe = probing(new Error('first'), refused);
  await expect(awaitReady(probe, { intervalMs: 2, timeoutMs: 250 }, never)).rejects.toMatchObject({
    name: 'DatabaseError',
    code: 'not_ready',
    message: 'the engine did not become ready within 0.25 s: ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:20001',
    details: {
      timeoutSeconds: 0.25,
      lastAnswer: 'silent',
      lastProbe: 'ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:20001',
    },
  });
  expect(performance.now() - started).toBeLessThan(500);
});

test.each<[string, () => Promise<ProbeResult>, string]>([
  ['answers once only', answeringOnce(), 'it responded only once since it started'],
  [
    'restarts again and again',
    async () => primary(String(performance.now())),
    'it responded only once since it started',
  ],
  ['is in recovery', probing({ startedAt: 'noon', inRecovery: true }), 'the engine is in recovery'],
  ['hangs', hanging, 'no response yet'],
])('a server that %s is never ready (A18)', async (_name, probe, lastProbe) => {
  await expect(awaitReady(probe, patience, never)).rejects.toMatchObject({
    code: 'not_ready',
    details: { lastProbe: expect.stringContaining(lastProbe) },
  });
});

test.each([
  ['between two probes', probing(refused)],
  ['during a probe that hangs', hanging],
])('a cancel %s ends the wait at once, with its own reason (A22)', async (_name, probe) => {
  const cancel = new AbortController();
  const reason = new Error('cancelled by an operator');
  const waiting = awaitReady(probe, { intervalMs: 60_000, timeoutMs: 120_000 }, cancel.signal);
  const started = performance.now();
  setTimeout(() => cancel.abort(reason), 5);
  await expect(waiting).rejects.toBe(reason);
  expect(performance.now() - started).toBeLessThan(500);
});

test('after a cancel no probe is begun (A22)', async () => {
  const probe = probing(primary('noon'));
  await expect(awaitReady(probe, patience, AbortSignal.abort('stop'))).rejects.toBe('stop');
  expect(probe).not.toHaveBeenCalled();
});

test.each([
  ['a URL', 'bad url postgresql://app:secret@host/app here', 'bad url postgresql://…@host/app here'],
  ['a second line', 'refused\nDETAIL: secret', 'refused'],
  ['endless text', 'x'.repeat(1000), 'x'.repeat(200)],
])('the cause is without %s (A20)', async (_name, message, lastProbe) => {
  await expect(awaitReady(probing(new Error(message)), patience, never)).rejects.toMatchObject({
    details: { lastProbe },
  });
});

test('one answer is enough for an engine that only has to answer at all', async () => {
  const probe = probing(refused, primary('noon'));
  await awaitAnswer(async () => void (await probe()), patient, never);
  expect(probe).toHaveBeenCalledTimes(2);
  await expect(awaitAnswer(async () => Promise.reject(refused), patience, never)).rejects.toMatchObject({
    code: 'not_ready',
    message: expect.stringContaining('the engine did not respond within'),
  });
});

test('a probe that fails after the wait is over disturbs nobody', async () => {
  const late = jest.fn(async () => {
    await delay(80);
    throw refused;
  });
  await expect(awaitReady(late, patience, never)).rejects.toMatchObject({ code: 'not_ready' });
  await delay(50);
  expect(late).toHaveBeenCalledTimes(1);
});
