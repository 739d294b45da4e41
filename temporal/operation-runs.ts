import { type Client, WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import type { OperationRef } from '../domain/operations/operations';
import { workflowIdOf } from '../domain/temporal-names';
import type { OperationRecord } from '../store/databases/records';
import { searchAttributes } from '../workflows/search-attributes';
import { callTemporal } from './connection';
import { createDeliveryRuns } from './delivery-runs';
import { workflowTypes } from './workflow-types';

/** What is known of the run that holds a database's workflow id. */
export type CurrentRun =
  | { readonly state: 'none' }
  | { readonly state: 'open' | 'closed'; readonly runId: string; readonly operationId: string | null };

export interface RunsSettings {
  readonly client: Client;
  /** The queue of records and planning. */
  readonly taskQueue: string;
  /** How long to try again, in milliseconds each, while the operation before is still closing its run. */
  readonly startDelaysMs?: readonly number[];
}

const defaultStartDelaysMs = [25, 50, 100, 200];

export type Runs = ReturnType<typeof createRuns>;

/** Temporal's side of operations: their runs, started, looked at, cancelled and terminated. */
export function createRuns({ client, taskQueue, startDelaysMs = defaultStartDelaysMs }: RunsSettings) {
  /** Throws `temporal_unavailable`, so that "not answering" is never taken for "unknown". */
  async function current(databaseId: string): Promise<CurrentRun> {
    try {
      const handle = client.workflow.getHandle(workflowIdOf(databaseId));
      const { status, runId, memo } = await callTemporal(client, 'describe a run', () => handle.describe());
      const operationId = typeof memo?.operationId === 'string' ? memo.operationId : null;
      return { state: status.name === 'RUNNING' ? 'open' : 'closed', runId, operationId };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return { state: 'none' };
      throw error;
    }
  }

  async function startOnce(operation: OperationRecord): Promise<string> {
    const { id: operationId, databaseId, databaseName, kind, tenantId, requestId, traceId } = operation;
    const handle = await callTemporal(client, 'start a workflow', () =>
      client.workflow.start(workflowTypes[kind], {
        workflowId: workflowIdOf(databaseId),
        workflowIdConflictPolicy: 'FAIL',
        taskQueue,
        args: [{ operationId, databaseId, tenantId, kind } satisfies OperationRef],
        memo: { operationId, requestId, ...(traceId === null ? {} : { traceId }) },
        staticSummary: `${kind} ${databaseName}`,
        staticDetails: `Operation \`${operationId}\` on database \`${databaseId}\`, requested by ${operation.requestedBy}.`,
        typedSearchAttributes: new TypedSearchAttributes([
          { key: searchAttributes.databaseId, value: databaseId },
          { key: searchAttributes.databaseName, value: databaseName },
          { key: searchAttributes.operationId, value: operationId },
          { key: searchAttributes.operationKind, value: kind },
          { key: searchAttributes.tenant, value: tenantId },
        ]),
      }),
    );
    return handle.firstExecutionRunId;
  }

  return {
    current,
    deliveries: createDeliveryRuns(client, taskQueue),

    /**
     * Starts an operation's run. Starting twice is harmless: the first activity claims the operation. When the run of
     * the operation before is still closing, tries again a few times.
     *
     * @returns the run's id; null when the former run is still open, or Temporal is away: the relay starts it later
     */
    async start(operation: OperationRecord): Promise<string | null> {
      for (const delayMs of [...startDelaysMs, null]) {
        try {
          return await startOnce(operation);
        } catch (error) {
          if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
        }
        const run = await current(operation.databaseId);
        if (run.state === 'open' && run.operationId === operation.id) return run.runId;
        if (delayMs === null) break;
        await new Promise((resolve) => setTimeout(resolve, delayMs));
      }
      return null;
    },

    /** Asks the operation's run to stop and go back; does nothing when that run is no longer open. */
    async cancel({ id, databaseId }: OperationRecord): Promise<void> {
      const run = await current(databaseId);
      if (run.state !== 'open' || run.operationId !== id) return;
      await ignoringGone(() =>
        callTemporal(client, 'cancel a run', () =>
          client.workflow.getHandle(workflowIdOf(databaseId), run.runId).cancel(),
        ),
      );
    },

    /** Ends the operation's run at once, with no clean-up of its own. */
    async terminate({ id, databaseId }: OperationRecord, reason: string): Promise<void> {
      const run = await current(databaseId);
      if (run.state !== 'open' || run.operationId !== id) return;
      await ignoringGone(() =>
        callTemporal(client, 'terminate a run', () =>
          client.workflow.getHandle(workflowIdOf(databaseId), run.runId).terminate(reason),
        ),
      );
    },

    async ping(): Promise<void> {
      await callTemporal(client, 'answer', () => client.connection.workflowService.getSystemInfo({}));
    },
  };
}

/** A run that closed between the look and the call is what was wanted. */
async function ignoringGone(call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}
