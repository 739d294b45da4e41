import { sessionOptions } from './session';

/** The users' role, and the logical database that it owns. */
export const ownerLogin = { user: 'app', database: 'app' } as const;

/** The role with which the control plane probes the engine; it can read statistics but no data. */
export const monitorLogin = { user: 'slipway_monitor', database: 'postgres' } as const;

export interface LoginVerifiers {
  /** SCRAM verifiers, never passwords. */
  readonly owner: string;
  readonly monitor: string;
}

/**
 * Runs statements from standard input as the superuser, through the container's own socket. Terse, so that an error
 * does not show the line that caused it.
 */
export const psqlCommand = [
  'psql',
  '--no-psqlrc',
  '--quiet',
  '--set=ON_ERROR_STOP=1',
  '--set=VERBOSITY=terse',
  '--username=postgres',
  `--dbname=dbname=postgres options='${sessionOptions}'`,
] as const;

/**
 * Turns off everything that logs or shows a session's statements (PostgreSQL, 20.8.2, 20.9.1) before any verifier is
 * sent: a verifier is not a password, but does not belong in a log either.
 */
export const unloggedSql = `SET log_statement = 'none';
SET log_min_duration_statement = -1;
SET log_min_error_statement = 'panic';
SET track_activities = off;
SET client_min_messages = 'warning';
`;

/**
 * The statements that create both roles and the logical database. Repeating them changes only the verifiers, and logs
 * none. `CREATE DATABASE` cannot run in a transaction or a function, so psql's `\gexec` runs the output of a query. The
 * owner needs no grant on schema `public`: since 15 it belongs to the database owner (5.9.6).
 */
export function loginsSql({ owner, monitor }: LoginVerifiers): string {
  return `${unloggedSql}${ensureRole(ownerLogin.user, owner)}
${ensureRole(monitorLogin.user, monitor)}
GRANT pg_monitor TO ${identifier(monitorLogin.user)};
SELECT ${literal(`GRANT pg_use_reserved_connections TO ${identifier(monitorLogin.user)}`)}
  WHERE EXISTS (SELECT FROM pg_roles WHERE rolname = 'pg_use_reserved_connections')
\\gexec
SELECT ${literal(`CREATE DATABASE ${identifier(ownerLogin.database)} OWNER ${identifier(ownerLogin.user)}`)}
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = ${literal(ownerLogin.database)})
\\gexec
REVOKE ALL ON DATABASE ${identifier(ownerLogin.database)} FROM PUBLIC;
`;
}

/** Creates the role if it is missing, and gives it exactly these attributes. */
export function ensureRole(name: string, verifier: string): string {
  return `SELECT ${literal(`CREATE ROLE ${identifier(name)}`)}
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${literal(name)})
\\gexec
ALTER ROLE ${identifier(name)} NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS LOGIN
  PASSWORD ${literal(verifier)};`;
}

/** A quoted identifier (PostgreSQL, 4.1.1). */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A quoted literal, with `standard_conforming_strings` on, its default (PostgreSQL, 4.1.2.1). */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
