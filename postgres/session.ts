const timeouts = ['statement_timeout', 'lock_timeout', 'idle_session_timeout'];

/**
 * What Slipway's own sessions ask for as they begin (PostgreSQL, 20.1.4): no time-outs but their own. A user's
 * parameters hold for users; a `statement_timeout` of 1 ms must not end the probe, nor an `idle_session_timeout`.
 */
export const sessionOptions = timeouts.map((name) => `-c ${name}=0`).join(' ');

/** The same for every session of a role, where a sidecar opens it (PostgreSQL, ALTER ROLE). */
export function roleTimeoutsSql(role: string): string {
  return timeouts.map((name) => `ALTER ROLE ${role} SET ${name} = 0;`).join('\n');
}
