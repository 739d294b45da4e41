import type { Logger } from 'pino';
import { agentKeyOf } from '../agent/channel';
import { createHostAgent } from '../agent/client';
import type { ApiConfig } from '../config/config';
import { catalogueOf } from '../postgres/catalogue';
import type { Store } from '../store/store';
import type { Runs } from '../temporal/operation-runs';
import type { ApiDependencies } from './dependencies';
import { createConflicts } from './metrics/conflicts';
import { createRequestMetrics } from './metrics/requests';
import { createStatementMetrics } from './metrics/statements';
import { createEventFeed } from './streams/event-feed';
import { createEventStreams } from './streams/event-stream';
import { createWaiting } from './streams/waiting';

/** How often the store is polled for operations whose end a caller awaits, in milliseconds. */
const waitingIntervalMs = 25;

/** How often the store is polled for new events while a stream is open, in milliseconds. */
const feedIntervalMs = 100;

/** How often the keys of open event streams are checked, in milliseconds. */
const keyIntervalMs = 1_000;

export function composeApi(config: ApiConfig, store: Store, runs: Runs, logger: Logger): ApiDependencies {
  const statements = createStatementMetrics();
  store.observeStatements(statements.observe);
  return {
    store,
    runs,
    logger,
    hostAgent: createHostAgent(store.hosts.agentUrl, agentKeyOf(config.secrets.secretKey)),
    conflicts: createConflicts(),
    requests: createRequestMetrics(),
    statements,
    waiting: createWaiting({ finishedAmong: store.operations.finishedAmong, intervalMs: waitingIntervalMs, logger }),
    allowedTargets: config.egress.allowed,
    streams: createEventStreams({
      ...config.eventStreams,
      inForceAmong: store.keys.inForceAmong,
      keyIntervalMs,
      logger,
    }),
    feed: createEventFeed({ events: store.events, intervalMs: feedIntervalMs, logger }),
    limits: config.limits,
    healthRunCooldownSeconds: config.checkRuns.cooldownSeconds,
    undeleteSeconds: config.deletion.undeleteSeconds,
    catalogue: catalogueOf(config.images),
    temporalUi: config.temporal.ui,
  };
}
