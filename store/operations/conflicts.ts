import { DatabaseError } from '../../domain/errors';
import { openOperationStates } from '../../domain/states';
import { violatedConstraint, violatesForeignKey } from '../connection/errors';
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
    const where = { tenantId, name: subject.name ?? '' };
    const other = await asTenant(tenantId, (tx) => tx.database.findFirst({ where, select: { id: true } }));
    const details = other === null ? {} : { databaseId: other.id };
    return new DatabaseError('name_in_use', `a database named ${subject.name} already exists`, details, {
      cause: error,
    });
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
