import { DatabaseError as PostgresError } from 'pg';
import { type CheckError, type CheckErrorCode, checkError } from '../domain/health/check-errors';
import type { ConnectionInput } from './connection';
import { probeReady } from './probe';
import { abortable } from './readiness';

/** SQLSTATEs, or classes of them, and what they mean for whoever wants to use the database (PostgreSQL, appendix A). */
const sqlStates: readonly (readonly [RegExp, CheckErrorCode])[] = [
  [/^28/, 'authentication_failed'],
  [/^53100$/, 'disk_full'],
  [/^53200$/, 'out_of_memory'],
  [/^53300$/, 'too_many_connections'],
  [/^57P0[12]$/, 'shutting_down'],
];

/** What the operating system says of a connection. */
const systemErrors: Readonly<Record<string, CheckErrorCode>> = {
  ECONNREFUSED: 'connection_refused',
  ECONNRESET: 'connection_lost',
  EPIPE: 'connection_lost',
  EHOSTUNREACH: 'host_unreachable',
  ENETUNREACH: 'host_unreachable',
  ENOTFOUND: 'host_unreachable',
  EAI_AGAIN: 'host_unreachable',
  ETIMEDOUT: 'timeout',
};

/**
 * Asks an engine once, as its users would: connects over TCP, logs in and has a query answered, all within the time.
 *
 * @returns what is wrong; null when nothing is, and the engine is not in recovery
 */
export async function checkEngine(connection: ConnectionInput, timeoutMs: number): Promise<CheckError | null> {
  // To connect and to be answered have each their own time: together no longer than one.
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    const { inRecovery } = await abortable(probeReady(connection, timeoutMs), deadline);
    return inRecovery
      ? checkError('recovery_in_progress', 'the engine is in recovery and does not accept writes')
      : null;
  } catch (error) {
    const { host, port } = connection;
    if (deadline.aborted) return checkError('timeout', `${host}:${port} did not respond within ${timeoutMs} ms`);
    return checkErrorOf(error);
  }
}

/** What an error of the driver, the engine or the network says of the database. */
export function checkErrorOf(error: unknown): CheckError {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  const text = String(message ?? error);
  if (error instanceof PostgresError) return checkError(codeOf(error), `the engine reported ${error.code}: ${text}`);
  const system = typeof code === 'string' ? systemErrors[code] : undefined;
  if (system !== undefined) return checkError(system, text);
  // The driver's words for what has no code.
  if (/timeout/i.test(text)) return checkError('timeout', text);
  if (/terminated|ended/i.test(text)) return checkError('connection_lost', text);
  return checkError('engine_error', text);
}

function codeOf({ code = '', message }: PostgresError): CheckErrorCode {
  // One state for all that keeps a server from taking connections; only its words tell what it is.
  if (code === '57P03') {
    if (/shutting down/.test(message)) return 'shutting_down';
    return /recovery/.test(message) ? 'recovery_in_progress' : 'starting_up';
  }
  return sqlStates.find(([state]) => state.test(code))?.[1] ?? 'engine_error';
}
