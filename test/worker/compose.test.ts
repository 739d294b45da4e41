import { PassThrough } from 'node:stream';
import { pino } from 'pino';
import { readWorkerConfig } from '../../config/config';
import { createMemoryBackend } from '../../containers/memory';
import { DatabaseError } from '../../domain/errors';
import { createCipher } from '../../store/connection/cipher';
import { createStore } from '../../store/store';
import { dockerPorts, resilientBackend } from '../../worker/compose';
import { createListeners } from '../postgres/listeners';
import { good } from '../support/config';

test('the breaker of a worker’s host is as configured, and every change of its state is logged (B28, B29)', async () => {
  const lines = new PassThrough({ encoding: 'utf8' });
  const config = readWorkerConfig({
    ...good,
    SLIPWAY_HOST_ID: 'h1',
    SLIPWAY_BREAKER_FAILURES: '2',
    // Over before the next call comes.
    SLIPWAY_BREAKER_RESET_SECONDS: '0.000001',
    SLIPWAY_BREAKER_SUCCESSES: '1',
    SLIPWAY_HOST_CALLS_MAX: '7',
  });
  const memory = createMemoryBackend();
  const backend = resilientBackend(config, memory, pino(lines));
  memory.intercept = {
    before: () => {
      throw new DatabaseError('backend_unavailable', 'connect ECONNREFUSED');
    },
  };
  for (let call = 0; call < 2; call += 1) await expect(backend.list({})).rejects.toThrow('connect ECONNREFUSED');
  memory.intercept = {};
  await backend.list({});
  expect(backend.status()).toMatchObject({ breaker: { state: 'closed' }, calls: { most: 7 } });
  const logged = String(lines.read())
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(logged.map(({ level, msg, hostId, breaker }) => ({ level, msg, hostId, state: breaker.state }))).toEqual([
    { level: 40, msg: 'circuit breaker of host h1 is open', hostId: 'h1', state: 'open' },
    { level: 30, msg: 'circuit breaker of host h1 is half open', hostId: 'h1', state: 'half_open' },
    { level: 30, msg: 'circuit breaker of host h1 is closed', hostId: 'h1', state: 'closed' },
  ]);
  expect(logged[0].breaker).toMatchObject({
    unavailableSince: expect.any(String),
    lastFailure: { message: 'connect ECONNREFUSED' },
  });
});

test('an engine that starts is probed at the configured interval, for the configured time (A21)', async () => {
  const config = readWorkerConfig({
    ...good,
    SLIPWAY_READINESS_INTERVAL_MS: '300',
    SLIPWAY_READINESS_TIMEOUT_SECONDS: '1',
  });
  const store = createStore(config.store, createCipher(config.secrets.secretKey));
  const listeners = createListeners();
  let probes = 0;
  const closed = await listeners.open((socket) => {
    probes += 1;
    socket.destroy();
  });
  try {
    const { engine } = dockerPorts(config, store, pino({ level: 'silent' }));
    const waiting = engine.awaitAnswer(closed, { signal: new AbortController().signal, recoveringSeconds: 0 });
    await expect(waiting).rejects.toMatchObject({ code: 'not_ready', details: { timeoutSeconds: 1 } });
    // The default interval of 25 ms would make some thirty.
    expect(probes).toBeGreaterThan(1);
    expect(probes).toBeLessThanOrEqual(4);
  } finally {
    listeners.closeAll();
    await store.close();
  }
});
