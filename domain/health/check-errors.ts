/** Why a database does not work, as its check found it. The code is stable. */
export const checkErrorCodes = [
  // Its container
  'container_missing',
  'container_exited',
  'container_paused',
  'container_not_running',
  'out_of_memory',
  'disk_full',
  // The way to it
  'connection_refused',
  'connection_lost',
  'host_unreachable',
  'timeout',
  // Its engine
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

/** An error of one line, of at most 300 characters, in which a URL has no credentials. */
export function checkError(code: CheckErrorCode, message: string): CheckError {
  const line = message
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replaceAll(/\/\/[^@\s/]*@/g, '//…@');
  return { code, message: line.length > longestMessage ? `${line.slice(0, longestMessage - 1)}…` : line };
}
