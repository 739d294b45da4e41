import type { Executor } from './client';
import { json, type OperationRecord } from './records';

export interface AuditEntry {
  readonly tenantId: string;
  readonly actor: string;
  /** What was done, such as `database.create`. */
  readonly action: string;
  readonly resource: { readonly kind: 'database' | 'operation'; readonly id: string; readonly name: string };
  readonly outcome: 'accepted' | 'refused' | 'succeeded' | 'failed' | 'cancelled';
  readonly requestId: string | null;
  readonly operationId: string | null;
}

/** Writes who did what; in the transaction of what it records, so that there is never one without the other. */
export async function writeAudit(executor: Executor, entry: AuditEntry, at: Date): Promise<void> {
  const { resource, ...rest } = entry;
  await executor.auditEntry.create({
    data: { ...rest, resourceKind: resource.kind, resourceId: resource.id, resourceName: resource.name, at },
    select: { id: true },
  });
}

/** Writes what happened to an operation, as an event for its tenant and an audit entry, with one clock reading. */
export async function journal(
  executor: Executor,
  operation: OperationRecord,
  outcome: Exclude<AuditEntry['outcome'], 'refused'>,
  at: Date,
): Promise<void> {
  const { tenantId, databaseId, databaseName, kind } = operation;
  await executor.event.create({
    data: {
      tenantId,
      databaseId,
      operationId: operation.id,
      type: `operation.${outcome}`,
      data: json({ kind, databaseName, error: operation.error }),
      at,
    },
    select: { sequence: true },
  });
  const entry = {
    tenantId,
    actor: operation.requestedBy,
    action: `database.${kind}`,
    resource: { kind: 'database', id: databaseId, name: databaseName },
    outcome,
    requestId: operation.requestId,
    operationId: operation.id,
  } as const;
  await writeAudit(executor, entry, at);
}
