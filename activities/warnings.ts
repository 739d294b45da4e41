/** The part of a logger that is used. */
interface Log {
  warn(message: string, details: Record<string, unknown>): void;
}

/** Logs a host's warnings, such as a limit that its kernel lacks; nothing when there are none. */
export function logWarnings(warnings: readonly string[], instance: string, log: Log): void {
  if (warnings.length > 0) log.warn('the host reported warnings about new limits', { instance, warnings });
}
