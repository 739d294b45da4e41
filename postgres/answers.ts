import { DatabaseError as PostgresError } from 'pg';

/** How an engine answers a probe. */
export type Answer = 'ready' | 'starting' | 'full' | 'refused' | 'silent';

/**
 * Classifies the error of a probe (PostgreSQL, appendix A). `starting`: the engine starts or recovers, and will accept
 * connections by itself. `full`: it accepts connections, and users hold all of them. `refused`: it answers with another
 * error. `silent`: no engine answers.
 */
export function answerOf(error: unknown): Exclude<Answer, 'ready'> {
  if (!(error instanceof PostgresError)) return 'silent';
  // 57P03 covers every reason for not accepting connections; only the message tells which.
  if (error.code === '57P03') return /shutting down/.test(error.message) ? 'refused' : 'starting';
  return error.code === '53300' ? 'full' : 'refused';
}
