const timeouts = ['statement_timeout', 'lock_timeout', 'idle_session_timeout'];

/**
 * Options with which Slipway's own sessions start (PostgreSQL, 20.1.4): no timeouts on the server's side. A user's
 * parameters are for users: a `statement_timeout` of 1 ms or an `idle_session_timeout` must not end a probe.
 */
export const sessionOptions = timeouts.map((name) => `-c ${name}=0`).join(' ');

/** The same for every session of a role, for sessions that a sidecar opens (PostgreSQL, ALTER ROLE). */
export function roleTimeoutsSql(role: string): string {
  return timeouts.map((name) => `ALTER ROLE ${role} SET ${name} = 0;`).join('\n');
}
