import type { Logger } from 'pino';
import type { HostAgent } from '../agent/client';
import type { Runs } from '../runs/runs';
import type { Store } from '../store/store';
import type { TemporalUi } from './views';
import type { Waiting } from './waiting';

/** What the routes need. */
export interface ApiDependencies {
  readonly store: Store;
  readonly runs: Runs;
  readonly hostAgent: HostAgent;
  readonly waiting: Waiting;
  readonly logger: Logger;
  readonly adminKey: string;
  /** The majors in the catalogue. */
  readonly versions: readonly string[];
  readonly temporalUi: TemporalUi;
}
