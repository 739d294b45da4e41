import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { checkError } from '../../domain/health/check-errors';
import { createCipher } from '../../store/connection/cipher';
import { createStore } from '../../store/store';
import { startMonitor } from '../../worker/health/monitor';
import { required } from './database';

/** Sent by the process when a probe begins, with the id of the check. */
export interface MonitorMessage {
  readonly probing: string;
}

// A monitor in its own process, to be killed. Every probe fails with a refused connection; with MONITOR_HANGS=true
// probes never end.
const store = createStore(
  { databaseUrl: required('DATABASE_URL'), poolMax: 5, connectTimeoutMs: 5_000 },
  createCipher(randomBytes(32)),
);
process.on('disconnect', () => process.exit(0));
startMonitor({
  store,
  hostId: 'host-a',
  concurrency: 1,
  logger: pino({ level: 'silent' }),
  pollIntervalMs: 20,
  async probe({ id }) {
    process.send?.({ probing: id } satisfies MonitorMessage);
    if (process.env.MONITOR_HANGS === 'true') await new Promise(() => undefined);
    return { error: checkError('connection_refused', 'nobody is there'), latencyMs: 1 };
  },
});
