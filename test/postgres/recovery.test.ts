import { callMsOf, watchRecovery } from '../../postgres/recovery';

test.each([
  { beforeMs: 0, callMs: 2_000 },
  { beforeMs: 2_000, callMs: 2_000 },
  { beforeMs: 64_000, callMs: 64_000 },
  { beforeMs: 3_600_000, callMs: 300_000 },
])('after $beforeMs ms of recovery, the next call waits for $callMs ms', ({ beforeMs, callMs }) => {
  expect(callMsOf({ beforeMs })).toBe(callMs);
});

/** A recovery that is noted at these times of one call, in milliseconds. */
function noting(beforeMs: number, limitMs: number, ...times: number[]): () => void {
  let at = 0;
  const note = watchRecovery({ beforeMs, limitMs }, () => at);
  return () => {
    for (const time of times) {
      at = time;
      note('57P03: starting up');
    }
  };
}

test('a call ends as recovering with the time of all calls, counted from the first answer (M48)', () => {
  expect(noting(10_000, 60_000, 500, 10_499)).not.toThrow();
  expect(noting(10_000, 60_000, 500, 10_500)).toThrow(
    expect.objectContaining({
      code: 'recovering',
      details: { recoveringSeconds: 20, lastProbe: '57P03: starting up' },
    }),
  );
});

test('an engine that recovers for longer than the limit is not_ready', () => {
  expect(noting(59_000, 60_000, 0, 999)).not.toThrow();
  expect(noting(59_000, 60_000, 0, 1_000)).toThrow(
    expect.objectContaining({
      code: 'not_ready',
      message: 'the engine did not recover within 60 s: 57P03: starting up',
    }),
  );
});
