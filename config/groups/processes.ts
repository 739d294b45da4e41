import { z } from 'zod';
import { hostAndPort, seconds } from '../forms';
import { group } from '../group';
import { setting } from '../setting';

const title = 'Processes';

export const service = group(title, {
  shutdownTimeoutMs: setting('SLIPWAY_SHUTDOWN_TIMEOUT_SECONDS', {
    schema: seconds,
    fallback: 25,
    description:
      'How long a process drains after a signal; a worker may take five seconds more. Set the stop timeout of your process manager higher.',
  }),
  logLevel: setting('LOG_LEVEL', {
    schema: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
    fallback: 'info',
    description:
      'The least severe level that is logged: `fatal`, `error`, `warn`, `info`, `debug`, `trace`; `silent` for none.',
  }),
});

export const runtime = group(title, {
  metricsAddress: setting('SLIPWAY_WORKER_METRICS_ADDRESS', {
    schema: hostAndPort.optional(),
    description:
      'Where the worker serves its metrics for Prometheus, those of Temporal’s SDK and of its statements on the store, such as `127.0.0.1:9464`. By default nowhere.',
  }),
  healthAddress: setting('SLIPWAY_WORKER_HEALTH_ADDRESS', {
    schema: hostAndPort.optional(),
    description:
      'Where the worker serves `/livez` and `/readyz`, such as `127.0.0.1:9465`, without a key. By default nowhere.',
  }),
  workflowBundle: setting('SLIPWAY_WORKFLOW_BUNDLE', {
    schema: z.string().optional(),
    description:
      'The bundled workflows that `npm run build` makes; the bundle for encrypted payloads is next to it. By default the worker bundles them at every start.',
  }),
});
