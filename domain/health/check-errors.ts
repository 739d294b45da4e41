/** The reasons why a run of a health check fails. The codes are stable. */
export const checkErrorCodes = [
  // The container
  'container_missing',
  'container_exited',
  'container_paused',
  'container_not_running',
  'out_of_memory',
  'disk_full',
  // The host
  'host_silent',
  // The connection
  'connection_refused',
  'connection_lost',
  'host_unreachable',
  'timeout',
  // The engine
  'authentication_failed',
  'too_many_connections',
  'recovery_in_progress',
  'starting_up',
  'shutting_down',
  'engine_error',
] as const;

export type CheckErrorCode = (typeof checkErrorCodes)[number];

export interface CheckError {
  readonly code: CheckErrorCode;
  /** One line, without credentials. */
  readonly message: string;
}

const longestMessage = 300;

/** A check error whose message is one line of at most 300 characters, with credentials removed from URLs. */
export function checkError(code: CheckErrorCode, message: string): CheckError {
  const line = message
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replaceAll(/\/\/[^@\s/]*@/g, '//…@');
  return { code, message: line.length > longestMessage ? `${line.slice(0, longestMessage - 1)}…` : line };
}
