/** What of a logger is needed. */
interface Log {
  warn(message: string, details: Record<string, unknown>): void;
}

/** What a host warns of, such as a limit that its kernel does not have; without any, nothing is said. */
export function tellWarnings(warnings: readonly string[], instance: string, log: Log): void {
  if (warnings.length > 0) log.warn('the host reported warnings about new limits', { instance, warnings });
}
