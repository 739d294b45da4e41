import type { ApiConfig, WorkerConfig } from './config';

export type Setting = keyof ApiConfig | keyof WorkerConfig;

const connections = {
  DATABASE_URL:
    'The store: PostgreSQL 15 or later, also behind PgBouncer. Its schema is brought up to date at every start.',
  SLIPWAY_STORE_POOL_MAX: 'Connections to the store that a process holds at most.',
  SLIPWAY_STORE_CONNECT_TIMEOUT_MS: 'How long a request waits for a free connection before it is 503.',
  SLIPWAY_STORE_STATEMENT_TIMEOUT_MS:
    'The longest that a statement on the store may take; set on the role, for its database.',
  TEMPORAL_ADDRESS: 'Temporal’s frontend, host and port.',
  TEMPORAL_NAMESPACE: 'The namespace of the runs. It and its search attributes must be there.',
  TEMPORAL_TLS:
    'Whether Temporal is reached by TLS (`true`, `false`). Without it, where anything else is said of TLS, or where there is an API key.',
  TEMPORAL_TLS_SERVER_CA_CERT_PATH:
    'A file with the certificate (PEM) of the authority that Temporal’s must come from; without it, one that the system trusts.',
  TEMPORAL_TLS_SERVER_NAME:
    'The name that Temporal’s certificate must have; without it, the host of `TEMPORAL_ADDRESS`.',
  TEMPORAL_TLS_CLIENT_CERT_PATH: 'A file with the certificate (PEM) that Slipway shows to Temporal (mTLS).',
  TEMPORAL_TLS_CLIENT_KEY_PATH: 'A file with its private key (PEM). These files are read at the start.',
  TEMPORAL_API_KEY: 'An API key that Slipway shows to Temporal, such as one of Temporal Cloud.',
  SLIPWAY_TASK_QUEUE: 'The queue of records and planning: the same for API and workers of one installation.',
};

const secrets = {
  SLIPWAY_SECRET_KEY:
    'Encrypts passwords at rest: 32 random bytes in base64 (`openssl rand -base64 32`). The same for API and workers. Without it no password can be read.',
  SLIPWAY_FORMER_SECRET_KEYS:
    'Keys that were in force before, separated by commas: they read, and nothing new is encrypted with them. `secrets reencrypt` makes them unneeded.',
  SLIPWAY_TEMPORAL_ENCRYPT_PAYLOADS:
    'Whether what Temporal keeps of runs is encrypted (`true`, `false`); the Web UI then shows names and times, and no contents. The same for API and workers.',
};

const api = {
  PORT: 'The port that the API listens on; 0 for any.',
  SLIPWAY_BIND_ADDRESS: 'The address that the API listens on. It has no TLS of its own: a proxy stands before it.',
  SLIPWAY_TEMPORAL_UI_URL: 'Where people reach Temporal’s Web UI: for links to runs.',
  SLIPWAY_RATE_LIMIT_PER_MINUTE: 'Requests that one key may make in a minute, of each API process; 0: any number.',
  SLIPWAY_FAILED_LOGINS_PER_MINUTE:
    'Failed logins that one address may make in a minute, of each API process; 0: any number.',
  SLIPWAY_TRUSTED_PROXIES: 'Addresses or networks, separated by commas, whose `X-Forwarded-For` is believed.',
  SLIPWAY_EVENT_STREAM_HEARTBEAT_MS: 'How often a quiet event stream shows that it lives.',
  SLIPWAY_EVENT_STREAM_STALL_TIMEOUT_MS: 'A reader of an event stream that takes nothing for so long is cut off.',
};

const host = {
  DOCKER_HOST: 'The worker’s Docker engine, `unix://…` or `tcp://…`; without it the default socket.',
  SLIPWAY_HOST_ID:
    'The worker’s host: lower case letters, digits and hyphens. It names records and a task queue, and stays.',
  SLIPWAY_HOST_ADDRESS: 'The IPv4 address on which the host publishes its databases’ ports, and users reach them.',
  SLIPWAY_HOST_PORT_RANGE: 'The ports that databases may have on the host, from-to.',
  SLIPWAY_HOST_ADDRESS_POOL: 'The network addresses that are given to databases’ networks on the host (CIDR).',
  SLIPWAY_AGENT_ADDRESS:
    'Where the worker answers the API’s reads of the host, `host:port` or `[IPv6]:port`; port 0 for any. Who asks proves to have the secret key.',
  SLIPWAY_AGENT_URL:
    'Where the API reaches that, `https://host:port`, if it is another address: behind NAT, or where the worker listens on every address (`0.0.0.0`, `[::]`).',
};

const images = {
  SLIPWAY_ENGINE_IMAGES: 'The catalogue: major to image, such as `17=postgres:17,15=postgres:15`.',
  SLIPWAY_POOLER_IMAGE:
    'The pooler’s image: PgBouncer 1.21 or later, with `sh`, `cat`, `mv`, `chmod`, `sleep`, `timeout`.',
  SLIPWAY_EXPORTER_IMAGE: 'The exporter’s image: postgres_exporter, with the same programs.',
};

const operations = {
  SLIPWAY_OPERATION_DEADLINE_SECONDS:
    'The longest that an operation may take before it goes back. One of which nothing begins or ends for so long is told of as stuck.',
  SLIPWAY_WAY_BACK_DEADLINE_SECONDS: 'The longest that the way back of an operation may take.',
  SLIPWAY_READINESS_TIMEOUT_SECONDS: 'How long an engine has to answer after its start.',
  SLIPWAY_READINESS_INTERVAL_MS: 'How often it is asked meanwhile.',
  SLIPWAY_RETRY_INITIAL_MS:
    'The wait before the second attempt of a step, or of a message; each further one is twice as long.',
  SLIPWAY_RETRY_MAXIMUM_MS: 'The longest wait between attempts of a step.',
  SLIPWAY_HEARTBEAT_TIMEOUT_MS: 'After this silence a worker counts as dead, and its step is given to another.',
  SLIPWAY_RELAY_INTERVAL_MS: 'How often to look for operations that were accepted and not started.',
  SLIPWAY_RELAY_GRACE_MS: 'How long such an operation is left to the API that accepted it.',
  SLIPWAY_SWEEP_INTERVAL_MS: 'How often to look for operations whose run is gone.',
  SLIPWAY_RECONCILE_INTERVAL_SECONDS: 'How often to compare records and host; 0 for never.',
  SLIPWAY_RECONCILE_REPAIR: 'Whether to repair what has drifted (`true`), or only to report it (`false`).',
};

const health = {
  SLIPWAY_HEALTH_INTERVAL_SECONDS: 'How often a new database is checked. Of each check it may be changed later.',
  SLIPWAY_HEALTH_TIMEOUT_SECONDS: 'How long it has to answer; less than the interval.',
  SLIPWAY_HEALTH_FAILURES: 'After so many failures in a row it is down.',
  SLIPWAY_HEALTH_SUCCESSES: 'After so many successes in a row it is up.',
  SLIPWAY_HEALTH_RUN_COOLDOWN_SECONDS: 'The least time between two runs of a check that somebody asks for; 0 for none.',
  SLIPWAY_HEALTH_CHECKS: 'Whether the worker checks the databases of its host (`true`, `false`).',
  SLIPWAY_HEALTH_CONCURRENCY: 'Databases that the worker checks at once, at most.',
};

const resilience = {
  SLIPWAY_BREAKER_FAILURES: 'After so many failures in a row a host is left alone.',
  SLIPWAY_BREAKER_RESET_SECONDS: 'For so long, before it is tried again.',
  SLIPWAY_BREAKER_SUCCESSES: 'So many tries must then go well.',
  SLIPWAY_HOST_CALLS_MAX: 'Calls at once on a host.',
  SLIPWAY_HOST_WAIT_SECONDS: 'The longest wait for a turn among them.',
  SLIPWAY_CALL_TIMEOUT_SECONDS: 'The longest that a call of a host may take, at most 150.',
  SLIPWAY_LONG_CALL_TIMEOUT_SECONDS: 'The same for pulls, stops, removals, updates and commands, at most 660.',
};

const notifications = {
  SLIPWAY_NOTIFICATIONS_ALLOWED_PRIVATE_TARGETS:
    'Private networks or addresses, separated by commas, that notifications may go to, by plain HTTP too; without it they go to public addresses by HTTPS only. The same for API and workers.',
  SLIPWAY_PUBLIC_URL: 'Where people reach the API: for links in notifications.',
};

const processes = {
  SLIPWAY_SHUTDOWN_TIMEOUT_SECONDS:
    'How long to drain after a signal; the worker takes five seconds more. Whoever stops the process waits longer.',
  SLIPWAY_WORKER_METRICS_ADDRESS:
    'Where the worker serves Temporal’s own figures for Prometheus, such as `127.0.0.1:9464`; without it nowhere.',
  SLIPWAY_WORKFLOW_BUNDLE:
    'The workflows as one file, which `npm run build` makes, with another beside it for encrypted payloads; without it they are bundled at every start.',
  LOG_LEVEL: 'What is logged: `fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`.',
};

/** What each setting is for, in the order of the reference page. */
export const settingGroups = {
  'Store and Temporal': connections,
  Secrets: secrets,
  API: api,
  'The worker’s host': host,
  Images: images,
  'Operations and reconciling': operations,
  'Health checks': health,
  'When a host fails': resilience,
  Notifications: notifications,
  Processes: processes,
} satisfies Record<string, Partial<Record<Setting, string>>>;

/** The same without groups; the compiler sees that none is missing. */
export const descriptions: Readonly<Record<Setting, string>> = {
  ...connections,
  ...secrets,
  ...api,
  ...host,
  ...images,
  ...operations,
  ...health,
  ...resilience,
  ...notifications,
  ...processes,
};
