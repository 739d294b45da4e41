import { noticeOf } from '../../domain/notifications/notices';
import type { RepairInput } from '../../domain/operations/inputs';
import { type AuditEntry, type AuditOutcome, type Origin, writeAudit } from '../access/audit';
import type { Executor } from '../connection/executor';
import { json, type OperationRecord } from '../databases/records';
import { enqueue } from '../notifications/notices';

/** Facts about a request that are known only when it is accepted. */
export interface RequestFacts extends Pick<AuditEntry, 'before' | 'after'> {
  readonly origin?: Origin | null;
}

/**
 * Writes a change of an operation as an event, an audit entry and, for kinds that people may want to hear of, a notice,
 * all with the same time.
 */
export async function journal(
  executor: Executor,
  operation: OperationRecord,
  outcome: Exclude<AuditOutcome, 'refused'>,
  at: Date,
  facts: RequestFacts = {},
): Promise<void> {
  const { tenantId, databaseId, databaseName, kind, requestId } = operation;
  const data = { kind, databaseName, error: operation.error };
  await executor.event.create({
    data: {
      tenantId,
      databaseId,
      operationId: operation.id,
      type: `operation.${outcome}`,
      data: json(data),
      at,
    },
    select: { sequence: true },
  });
  const type = noticeOf(kind, outcome, operation.error?.code ?? null);
  if (type !== null) {
    const noticeData = kind === 'repair' ? { ...data, reasons: (operation.input as RepairInput).reasons } : data;
    await enqueue(executor, { tenantId, databaseId, operationId: operation.id, type, data: noticeData }, at);
  }
  const entry: AuditEntry = {
    ...facts,
    tenantId,
    actor: operation.requestedBy,
    action: `database.${kind}`,
    resource: { id: databaseId, name: databaseName },
    outcome,
    reason: operation.error?.code ?? null,
    requestId,
    operationId: operation.id,
  };
  await writeAudit(executor, entry, at);
}
