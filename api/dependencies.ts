import type { Logger } from 'pino';
import type { HostAgent } from '../agent/client';
import type { Catalogue } from '../domain/planning/resources';
import type { Store } from '../store/store';
import type { Runs } from '../temporal/operation-runs';
import type { Limits } from './http/limits';
import type { Conflicts } from './metrics/conflicts';
import type { RequestMetrics } from './metrics/requests';
import type { StatementMetrics } from './metrics/statements';
import type { TemporalUi } from './operations/views';
import type { EventFeed } from './streams/event-feed';
import type { EventStreams } from './streams/event-stream';
import type { Waiting } from './streams/waiting';

/** The dependencies of the routes. */
export interface ApiDependencies {
  readonly store: Store;
  readonly runs: Runs;
  readonly hostAgent: HostAgent;
  readonly waiting: Waiting;
  readonly conflicts: Conflicts;
  readonly requests: RequestMetrics;
  readonly statements: StatementMetrics;
  readonly streams: EventStreams;
  readonly feed: EventFeed;
  readonly limits: Limits;
  /** Minimum time between two manual runs of a health check. */
  readonly healthRunCooldownSeconds: number;
  /** How long a deleted database can be brought back; 0 when a delete destroys its data at once. */
  readonly undeleteSeconds: number;
  readonly logger: Logger;
  readonly catalogue: Catalogue;
  readonly temporalUi: TemporalUi;
  /** Private networks to which notifications may be sent. */
  readonly allowedTargets: readonly string[];
}
