import { z } from 'zod';
import { defaultResilience } from '../../containers/resilience/settings';
import { count, seconds, toMs } from '../forms';
import { group } from '../group';
import { setting } from '../setting';

/** A call's deadline comes before that of the step which makes it, so that the reason comes from the call. */
const callSeconds = (max: number) =>
  z.coerce
    .number()
    .positive()
    .max(max, `expected at most ${max}: the steps of an operation have little more`)
    .transform(toMs);

/** What stands between a worker and its host. */
export const resilience = group(
  'Host failures',
  {
    failures: setting('SLIPWAY_BREAKER_FAILURES', {
      schema: count,
      fallback: defaultResilience.breaker.failures,
      description: 'Consecutive failures that open a host’s circuit breaker.',
    }),
    resetMs: setting('SLIPWAY_BREAKER_RESET_SECONDS', {
      schema: seconds,
      fallback: defaultResilience.breaker.resetMs / 1000,
      description: 'How long the breaker stays open before a call may try the host again.',
    }),
    successes: setting('SLIPWAY_BREAKER_SUCCESSES', {
      schema: count,
      fallback: defaultResilience.breaker.successes,
      description: 'Consecutive successes that close the breaker.',
    }),
    maxCalls: setting('SLIPWAY_HOST_CALLS_MAX', {
      schema: count,
      fallback: defaultResilience.bulkhead.maxCalls,
      description: 'Maximum number of concurrent calls to a host.',
    }),
    waitMs: setting('SLIPWAY_HOST_WAIT_SECONDS', {
      schema: seconds,
      fallback: defaultResilience.bulkhead.waitMs / 1000,
      description: 'How long a call may wait for its turn.',
    }),
    callTimeoutMs: setting('SLIPWAY_CALL_TIMEOUT_SECONDS', {
      schema: callSeconds(150),
      fallback: defaultResilience.callTimeoutMs / 1000,
      description: 'Timeout of a call to a host; at most 150.',
    }),
    longCallTimeoutMs: setting('SLIPWAY_LONG_CALL_TIMEOUT_SECONDS', {
      schema: callSeconds(660),
      fallback: defaultResilience.longCallTimeoutMs / 1000,
      description: 'Timeout of a pull, stop, removal, update or command; at most 660.',
    }),
  },
  {
    shape: ({ failures, resetMs, successes, maxCalls, waitMs, ...timeouts }) => ({
      breaker: { failures, resetMs, successes },
      bulkhead: { maxCalls, waitMs },
      ...timeouts,
    }),
  },
);
