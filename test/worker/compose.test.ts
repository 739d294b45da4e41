import { PassThrough } from 'node:stream';
import { pino } from 'pino';
import { readWorkerConfig } from '../../config/config';
import { createMemoryBackend } from '../../containers/memory';
import { DatabaseError } from '../../domain/errors';
import { resilientBackend } from '../../worker/compose';

test('the breaker of a worker’s host is as configured, and every change of its state is logged (B28, B29)', async () => {
  const lines = new PassThrough({ encoding: 'utf8' });
  const config = readWorkerConfig({
    DATABASE_URL: 'postgresql://slipway@127.0.0.1:5432/slipway',
    SLIPWAY_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
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
