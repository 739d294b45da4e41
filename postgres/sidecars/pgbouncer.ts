import { ensureRole, identifier, literal, monitorLogin, unloggedSql } from '../logins';
import { roleTimeoutsSql } from '../session';
import { sidecarCommand, sidecarDirectory } from './entrypoint';

/** The port that PgBouncer listens on inside its container. */
export const poolerPort = 6432;

/** The role with which PgBouncer looks up a login's verifier in the engine. */
export const poolerLogin = { user: 'slipway_pooler', database: 'postgres' } as const;

/** When a server connection returns to the pool (PgBouncer, pool_mode). */
export type PoolMode = 'session' | 'transaction' | 'statement';

export interface PoolerSettings {
  /** The engine's name on the shared network. */
  readonly engineHost: string;
  readonly enginePort: number;
  readonly mode: PoolMode;
  /** Server connections for each user and logical database. */
  readonly poolSize: number;
}

export const poolerFiles = {
  userlist: `${sidecarDirectory}/userlist.txt`,
  config: `${sidecarDirectory}/pgbouncer.ini`,
} as const;

/** PgBouncer 1.21 or later, for `max_prepared_statements`. */
export const poolerCommand = sidecarCommand({
  names: ['pgbouncer'],
  args: [poolerFiles.config],
  lastFile: poolerFiles.config,
});

/** Maximum number of connected clients; each takes a few KiB of the pooler and nothing of the engine. */
const maxClients = 1_000;

/**
 * Pool size of the control plane's database: a burst of logins must not take connections from users already logged in.
 */
const controlPoolSize = 2;

const schema = 'slipway';
const lookup = `${schema}.login_of`;

/**
 * The text of pgbouncer.ini (PgBouncer, config.html). Users log in with the engine's current verifier, looked up at
 * every login, and PgBouncer logs in to the engine with the keys from their SCRAM exchange: the only password it knows
 * is its own. There is no admin console: no user is an administrator, and the Unix socket, through which PgBouncer's
 * own user could enter, is disabled.
 */
export function pgbouncerIni({ engineHost, enginePort, mode, poolSize }: PoolerSettings): string {
  const server = `host=${engineHost} port=${enginePort}`;
  return `;; Written by Slipway; a change by hand is lost at the next start.
[databases]
${poolerLogin.database} = ${server} pool_size=${controlPoolSize}
* = ${server}

[pgbouncer]
listen_addr = 0.0.0.0
listen_port = ${poolerPort}
unix_socket_dir =
client_tls_sslmode = disable
server_tls_sslmode = disable
auth_type = scram-sha-256
auth_file = ${poolerFiles.userlist}
auth_user = ${poolerLogin.user}
auth_dbname = ${poolerLogin.database}
auth_query = SELECT name, verifier FROM ${lookup}($1)
admin_users =
stats_users =
pool_mode = ${mode}
default_pool_size = ${poolSize}
max_client_conn = ${maxClients}
;; Statements that a client prepared by name are found on any server connection.
max_prepared_statements = 200
server_reset_query = DISCARD ALL
;; Drivers in Java send it, and a pooled connection need not have it. Any other is refused rather than dropped.
ignore_startup_parameters = extra_float_digits
;; An engine that was away, has another address or a new password is found again at once, not after the default of 15 s.
server_login_retry = 0.2
dns_max_ttl = 1
dns_nxdomain_ttl = 1
;; Docker keeps the log, and not much of it.
log_connections = 0
log_disconnections = 0
log_stats = 0
`;
}

/**
 * The text of userlist.txt (PgBouncer, "Authentication file format"): only its own role, in plain text, because it logs
 * in itself.
 */
export function userlistOf(password: string): string {
  return `${quoted(poolerLogin.user)} ${quoted(password)}\n`;
}

/** In double quotes, with quotes inside doubled; the format has no notation for a line end. */
function quoted(text: string): string {
  if (/[\0\r\n]/.test(text)) throw new Error('a line of userlist.txt cannot hold a line end');
  return `"${text.replaceAll('"', '""')}"`;
}

/**
 * The statements that create PgBouncer's role with this SCRAM verifier, and its lookup function. Repeating them changes
 * only the verifier. The role can look up one thing in the engine: the verifier of a login that is not a superuser and
 * has not expired. The function runs as the superuser that owns it, so its `search_path` is fixed, without a schema
 * that users can write to before the system's own (PostgreSQL, CREATE FUNCTION, "Writing SECURITY DEFINER Functions
 * Safely").
 *
 * The monitor connects through the pooler, too, which passes on no session options, so its timeouts are set on its
 * role.
 */
export function poolerSql(verifier: string): string {
  const role = identifier(poolerLogin.user);
  return `${unloggedSql}${ensureRole(poolerLogin.user, verifier)}
${roleTimeoutsSql(role)}
${roleTimeoutsSql(identifier(monitorLogin.user))}
BEGIN;
CREATE SCHEMA IF NOT EXISTS ${schema};
REVOKE ALL ON SCHEMA ${schema} FROM PUBLIC;
GRANT USAGE ON SCHEMA ${schema} TO ${role};
CREATE OR REPLACE FUNCTION ${lookup}(login text, OUT name text, OUT verifier text) RETURNS SETOF record
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS ${literal(`SELECT rolname::text, CASE WHEN rolvaliduntil < now() THEN NULL ELSE rolpassword END
  FROM pg_authid WHERE rolname = login AND rolcanlogin AND NOT rolsuper`)};
REVOKE ALL ON FUNCTION ${lookup}(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ${lookup}(text) TO ${role};
COMMIT;
`;
}
