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
import { createEventFeed } from './streams/event-feed';
import { createEventStreams } from './streams/event-stream';
import { createWaiting } from './streams/waiting';

/** How often callers that wait for an operation's end are answered, in milliseconds. */
const waitingIntervalMs = 25;

/** How often events that came are looked for while somebody reads them, in milliseconds. */
const feedIntervalMs = 100;

/** How often the keys of those who read event streams are looked for, in milliseconds. */
const keyIntervalMs = 1_000;

export function composeApi(config: ApiConfig, store: Store, runs: Runs, logger: Logger): ApiDependencies {
  return {
    store,
    runs,
    logger,
    hostAgent: createHostAgent(store.hosts.agentUrl, agentKeyOf(config.secrets.secretKey)),
    conflicts: createConflicts(),
    requests: createRequestMetrics(),
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
    catalogue: catalogueOf(config.images),
    temporalUi: config.temporal.ui,
  };
}
