import { z } from 'zod';
import {
  type CheckSettings,
  checkSettingsShape,
  defaultCheckSettings,
  isTimeoutBelowInterval,
} from '../../domain/health/checks';
import { count, limit } from '../forms';
import { group } from '../group';
import { setting } from '../setting';

const title = 'Health checks';

/** The settings of the health check that a new database gets. */
export const checks = group(
  title,
  {
    intervalSeconds: checkSetting(
      'SLIPWAY_HEALTH_INTERVAL_SECONDS',
      'intervalSeconds',
      'Seconds between two probes of a new database. Each database’s check can be changed later.',
    ),
    timeoutSeconds: checkSetting(
      'SLIPWAY_HEALTH_TIMEOUT_SECONDS',
      'timeoutSeconds',
      'Seconds before a probe counts as failed; less than the interval.',
    ),
    failureThreshold: checkSetting(
      'SLIPWAY_HEALTH_FAILURES',
      'failureThreshold',
      'Consecutive failures after which a database is `down`.',
    ),
    successThreshold: checkSetting(
      'SLIPWAY_HEALTH_SUCCESSES',
      'successThreshold',
      'Consecutive successes after which a database is `up`.',
    ),
  },
  {
    rules: [
      {
        reads: ['timeoutSeconds', 'intervalSeconds'],
        error: 'expected less than SLIPWAY_HEALTH_INTERVAL_SECONDS',
        holds: isTimeoutBelowInterval,
      },
    ],
  },
);

function checkSetting(name: string, key: keyof CheckSettings, description: string) {
  const schema = z.coerce.number().pipe(checkSettingsShape[key]);
  return setting(name, { schema, fallback: defaultCheckSettings[key], description });
}

export const checkRuns = group(title, {
  cooldownSeconds: setting('SLIPWAY_HEALTH_RUN_COOLDOWN_SECONDS', {
    schema: limit,
    fallback: 10,
    description: 'Minimum seconds between two runs of a check that are requested over the API; 0 for no minimum.',
  }),
});

export const monitor = group(title, {
  isEnabled: setting('SLIPWAY_HEALTH_CHECKS', {
    schema: z.stringbool(),
    fallback: true,
    description: 'Whether the worker probes its host’s databases (`true`, `false`).',
  }),
  concurrency: setting('SLIPWAY_HEALTH_CONCURRENCY', {
    schema: count,
    fallback: 20,
    description: 'Maximum number of concurrent health checks.',
  }),
});
