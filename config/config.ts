import { eventStreams, limits, server } from './groups/api';
import { checkRuns, checks, monitor } from './groups/health';
import { agent, docker, host } from './groups/host';
import { images } from './groups/images';
import { egress, links } from './groups/notifications';
import { deletion, pace, readiness, reconcile, relay, retention, sweep } from './groups/operations';
import { runtime, service } from './groups/processes';
import { resilience } from './groups/resilience';
import { secrets } from './groups/secrets';
import { store } from './groups/store';
import { temporal } from './groups/temporal';
import { createProgram } from './program';

// Which program reads which settings. A new setting needs an entry in a group and nothing else.

const common = { store, temporal, secrets, images, checks, egress, service };

/** Commands on the store alone. */
export const storeProgram = createProgram({ store });

/** Commands on stored secrets. */
export const secretsProgram = createProgram({ store, secrets });

export const apiProgram = createProgram({ ...common, server, limits, eventStreams, checkRuns, deletion });

export const workerProgram = createProgram({
  ...common,
  docker,
  host,
  agent,
  pace,
  readiness,
  relay,
  sweep,
  retention,
  reconcile,
  monitor,
  resilience,
  links,
  runtime,
});

export const { read: readStoreConfig } = storeProgram;
export const { read: readApiConfig } = apiProgram;
export const { read: readWorkerConfig } = workerProgram;

export type ApiConfig = ReturnType<typeof readApiConfig>;
export type WorkerConfig = ReturnType<typeof readWorkerConfig>;
/** What API and worker read alike. */
export type CommonConfig = Pick<ApiConfig, keyof typeof common>;
