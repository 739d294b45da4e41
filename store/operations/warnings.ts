import type { Problem } from '../../domain/errors';
import type { Executor } from '../connection/executor';

/** Adds a warning to an operation. May be repeated: an equal warning is kept once. */
export async function addWarning(tx: Executor, operationId: string, problem: Problem): Promise<void> {
  const warning = JSON.stringify([problem]);
  await tx.$executeRaw`
    UPDATE operations SET warnings = warnings || ${warning}::jsonb
    WHERE id = ${operationId} AND NOT warnings @> ${warning}::jsonb`;
}
