import { DatabaseError } from '../../domain/errors';
import { openOperationStates } from '../../domain/states';
import { violatedConstraint, violatesForeignKey } from '../connection/errors';
import type { Executor } from '../connection/executor';
import type { TenantScope } from '../connection/tenant-scope';

/** The conflict that a violated constraint stands for; any other error as it is. */
export async function translateConflict(
  asTenant: TenantScope,
  { tenantId }: { readonly tenantId: string },
  subject: { readonly databaseId?: string; readonly name?: string },
  error: unknown,
): Promise<unknown> {
  const conflict = error instanceof DatabaseError && error.code === 'state_conflict';
  const constraint = violatedConstraint(error);
  if (constraint === 'databases_tenant_id_name_key') {
    const { name = '' } = subject;
    return nameInUse(name, await asTenant(tenantId, (tx) => databaseNamed(tx, tenantId, name)), error);
  }
  if (violatesForeignKey(error, 'databases_tenant_id_fkey')) {
    return new DatabaseError('not_found', `tenant ${tenantId} not found`, {}, { cause: error });
  }
  if ((constraint === 'operations_open_key' || conflict) && subject.databaseId !== undefined) {
    const { databaseId } = subject;
    const [open, database] = await asTenant(tenantId, async (tx) => [
      await tx.operation.findFirst({ where: { databaseId, tenantId, state: { in: [...openOperationStates] } } }),
      await tx.database.findUnique({ where: { id: databaseId, tenantId }, select: { state: true } }),
    ]);
    if (open === null && conflict) return error;

    const which = open === null ? 'another operation' : `operation ${open.id} (${open.kind})`;
    const details = { operationId: open?.id ?? null, currentState: database?.state, allowedActions: [] };
    const message = `${which} on this database is in progress`;
    return new DatabaseError('operation_in_progress', message, details, { cause: error });
  }
  return error;
}

/** Throws `name_in_use`. */
export async function requireFreeName(tx: Executor, tenantId: string, name: string): Promise<void> {
  const other = await databaseNamed(tx, tenantId, name);
  if (other !== null) throw nameInUse(name, other);
}

function databaseNamed(tx: Executor, tenantId: string, name: string): Promise<{ readonly id: string } | null> {
  return tx.database.findFirst({ where: { tenantId, name, deletedAt: null }, select: { id: true } });
}

function nameInUse(name: string, other: { readonly id: string } | null, cause?: unknown): DatabaseError {
  const details = other === null ? {} : { databaseId: other.id };
  return new DatabaseError('name_in_use', `a database named ${name} already exists`, details, { cause });
}
