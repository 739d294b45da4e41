/**
 * What Slipway's own sessions ask for as they begin (PostgreSQL, 20.1.4): no time-outs but their own. A user's
 * parameters hold for users; a `statement_timeout` of 1 ms must not end the probe, nor an `idle_session_timeout`.
 */
export const sessionOptions = '-c statement_timeout=0 -c lock_timeout=0 -c idle_session_timeout=0';
