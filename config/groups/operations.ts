import { z } from 'zod';
import { defaultPatience } from '../../postgres/patience';
import { limit, milliseconds, seconds } from '../forms';
import { group } from '../group';
import { setting } from '../setting';

const title = 'Operations';

/** The durations that workflows keep. */
export const pace = group(title, {
  operationDeadlineMs: setting('SLIPWAY_OPERATION_DEADLINE_SECONDS', {
    schema: seconds,
    fallback: 900,
    description:
      'How long an operation may take before it is rolled back. An operation without progress for this long is reported as stuck.',
  }),
  wayBackDeadlineMs: setting('SLIPWAY_WAY_BACK_DEADLINE_SECONDS', {
    schema: seconds,
    fallback: 300,
    description: 'How long the rollback of an operation may take.',
  }),
  retryInitialMs: setting('SLIPWAY_RETRY_INITIAL_MS', {
    schema: milliseconds,
    fallback: 500,
    description: 'Delay before the first retry of a step or a message; it doubles with each further retry.',
  }),
  retryMaximumMs: setting('SLIPWAY_RETRY_MAXIMUM_MS', {
    schema: milliseconds,
    fallback: 10_000,
    description: 'Longest delay between two attempts of a step.',
  }),
  heartbeatTimeoutMs: setting('SLIPWAY_HEARTBEAT_TIMEOUT_MS', {
    schema: milliseconds,
    fallback: 5_000,
    description: 'How long a worker may be silent during a step before it counts as dead and the step is retried.',
  }),
});

/** What a delete keeps. */
export const deletion = group(title, {
  undeleteSeconds: setting('SLIPWAY_UNDELETE_SECONDS', {
    schema: limit,
    fallback: 0,
    description:
      'How long a deleted database keeps its data, so that it can be brought back; 0 destroys them at once. 86400 is recommended, once no process of the version before runs: it would show deleted databases.',
  }),
});

/** How an engine that starts is waited for. */
export const readiness = group(title, {
  timeoutMs: setting('SLIPWAY_READINESS_TIMEOUT_SECONDS', {
    schema: seconds,
    fallback: defaultPatience.timeoutMs / 1000,
    description:
      'How long an engine may make no progress before it counts as not ready. It does not run while the engine reports that it starts or recovers.',
  }),
  recoveryMs: setting('SLIPWAY_RECOVERY_TIMEOUT_SECONDS', {
    schema: seconds,
    fallback: defaultPatience.recoveryMs / 1000,
    description: 'How long an engine may start or recover before it counts as not ready.',
  }),
  intervalMs: setting('SLIPWAY_READINESS_INTERVAL_MS', {
    schema: milliseconds,
    fallback: defaultPatience.intervalMs,
    description: 'Interval of the probes for readiness at first; it grows with the time waited.',
  }),
});

export const relay = group(title, {
  intervalMs: setting('SLIPWAY_RELAY_INTERVAL_MS', {
    schema: milliseconds,
    fallback: 1_000,
    description:
      'How often the worker looks for operations that were accepted but not started, and for unsent messages.',
  }),
  graceMs: setting('SLIPWAY_RELAY_GRACE_MS', {
    schema: milliseconds,
    fallback: 2_000,
    description: 'How long an accepted operation is left for the API to start before the worker starts it.',
  }),
});

export const sweep = group(title, {
  intervalMs: setting('SLIPWAY_SWEEP_INTERVAL_MS', {
    schema: milliseconds,
    fallback: 10_000,
    description: 'How often the worker looks for operations that lost their workflow or are stuck.',
  }),
});

export const retention = group(title, {
  days: setting('SLIPWAY_RETENTION_DAYS', {
    schema: limit,
    fallback: 365,
    description:
      'Days after which ended operations are removed with their steps and events; 0 keeps them forever. The newest 50 operations of each database are kept as long as the database exists, and those of a `failed` database while it is `failed`.',
  }),
});

export const reconcile = group(title, {
  intervalSeconds: setting('SLIPWAY_RECONCILE_INTERVAL_SECONDS', {
    schema: z.coerce.number().min(0),
    fallback: 15,
    description: 'Seconds between two comparisons of the records with the host; 0 to turn them off.',
  }),
  repairs: setting('SLIPWAY_RECONCILE_REPAIR', {
    schema: z.stringbool(),
    fallback: true,
    description: 'Whether the worker repairs drift (`true`) or only reports it (`false`).',
  }),
  repairsAtOnce: setting('SLIPWAY_REPAIRS_AT_ONCE', {
    schema: z.coerce.number().int().min(1),
    fallback: 4,
    description: 'Maximum number of databases of one host that are repaired at the same time.',
  }),
});
