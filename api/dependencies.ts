import type { Logger } from 'pino';
import type { HostAgent } from '../agent/client';
import type { Catalogue } from '../domain/planning/resources';
import type { Store } from '../store/store';
import type { Runs } from '../temporal/operation-runs';
import type { EventFeed } from './event-feed';
import type { EventStreams } from './event-stream';
import type { Limits } from './limits';
import type { Conflicts } from './metrics/conflicts';
import type { RequestMetrics } from './metrics/requests';
import type { TemporalUi } from './views';
import type { Waiting } from './waiting';

/** What the routes need. */
export interface ApiDependencies {
  readonly store: Store;
  readonly runs: Runs;
  readonly hostAgent: HostAgent;
  readonly waiting: Waiting;
  readonly conflicts: Conflicts;
  readonly requests: RequestMetrics;
  readonly streams: EventStreams;
  readonly feed: EventFeed;
  readonly limits: Limits;
  /** Between two runs of a health check that somebody asks for. */
  readonly healthRunCooldownSeconds: number;
  readonly logger: Logger;
  readonly catalogue: Catalogue;
  readonly temporalUi: TemporalUi;
  /** Private networks whose addresses may be told. */
  readonly allowedTargets: readonly string[];
}
