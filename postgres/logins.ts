import { sessionOptions } from './session';

/** The role that users get, and the logical database that it owns. */
export const ownerLogin = { user: 'app', database: 'app' } as const;

/** The role by which the control plane asks whether the engine answers; it reads statistics and no data. */
export const monitorLogin = { user: 'slipway_monitor', database: 'postgres' } as const;

export interface LoginVerifiers {
  /** SCRAM verifiers, never passwords. */
  readonly owner: string;
  readonly monitor: string;
}

/**
 * How the statements are run: by the superuser, through the container's own socket, from standard input. Terse, so that
 * an error does not show the line that it is in.
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
 * Switches off what a session may log or show (PostgreSQL, 20.8.2, 20.9.1), before any verifier: it is not a password,
 * but it does not belong in a log either.
 */
export const unloggedSql = `SET log_statement = 'none';
SET log_min_duration_statement = -1;
SET log_min_error_statement = 'panic';
SET track_activities = off;
SET client_min_messages = 'warning';
`;

/**
 * The statements that make both roles and the logical database; run again, they change nothing but the verifiers, and
 * leave none in a log. `CREATE DATABASE` runs in no transaction and in no function, so psql's `\gexec`
 * runs what a query wrote. The owner needs no rights to schema `public`: it is the database owner's since 15 (5.9.6).
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

/** The role with these attributes and no others, whether it was there before or not. */
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

/** A quoted literal, with `standard_conforming_strings` on as by default (PostgreSQL, 4.1.2.1). */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
