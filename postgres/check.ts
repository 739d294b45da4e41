import { DatabaseError as PostgresError } from 'pg';
import { type CheckError, type CheckErrorCode, checkError } from '../domain/health/check-errors';
import type { ConnectionInput } from './connection';
import { probeReady } from './probe';
import { abortable } from './readiness';

/** Check error codes by SQLSTATE or SQLSTATE class (PostgreSQL, appendix A). */
const sqlStates: readonly (readonly [RegExp, CheckErrorCode])[] = [
  [/^28/, 'authentication_failed'],
  [/^53100$/, 'disk_full'],
  [/^53200$/, 'out_of_memory'],
  [/^53300$/, 'too_many_connections'],
  [/^57P0[12]$/, 'shutting_down'],
];

/** Check error codes by the operating system's error code. */
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
 * Checks an engine once, the way its users reach it: connects over TCP, logs in and runs a query, all within the
 * timeout.
 *
 * @returns the problem; null if there is none and the engine is not in recovery
 */
export async function checkEngine(connection: ConnectionInput, timeoutMs: number): Promise<CheckError | null> {
  // Connecting and querying each have this timeout; the deadline limits their sum.
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

/** Classifies an error of the driver, the engine or the network. */
export function checkErrorOf(error: unknown): CheckError {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  const text = String(message ?? error);
  if (error instanceof PostgresError) return checkError(codeOf(error), `the engine reported ${error.code}: ${text}`);
  const system = typeof code === 'string' ? systemErrors[code] : undefined;
  if (system !== undefined) return checkError(system, text);
  // The driver's messages for errors without a code.
  if (/timeout/i.test(text)) return checkError('timeout', text);
  if (/terminated|ended/i.test(text)) return checkError('connection_lost', text);
  return checkError('engine_error', text);
}

function codeOf({ code = '', message }: PostgresError): CheckErrorCode {
  // 57P03 covers every reason for not accepting connections; only the message tells which.
  if (code === '57P03') {
    if (/shutting down/.test(message)) return 'shutting_down';
    return /recovery/.test(message) ? 'recovery_in_progress' : 'starting_up';
  }
  return sqlStates.find(([state]) => state.test(code))?.[1] ?? 'engine_error';
}
