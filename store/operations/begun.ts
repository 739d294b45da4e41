import type { Executor } from '../connection/executor';

/** Whether an operation has begun a step: before its first, it has changed only records. */
export async function hasBegun(tx: Executor, operationId: string): Promise<boolean> {
  return (await tx.step.count({ where: { operationId, startedAt: { not: null } } })) > 0;
}
