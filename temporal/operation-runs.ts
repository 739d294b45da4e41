import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  type WorkflowExecutionStatusName,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import type { OperationRef } from '../domain/operations/operations';
import { buildOf, buildTaskQueue, workflowIdOf } from '../domain/temporal-names';
import type { OperationRecord } from '../store/databases/records';
import { searchAttributes } from '../workflows/search-attributes';
import { callTemporal } from './connection';
import { createDeliveryRuns } from './delivery-runs';
import { workflowTypes } from './workflow-types';

/** The latest run with a database's workflow id. `closed`: it did not complete, but failed or was terminated. */
export type CurrentRun =
  | { readonly state: 'none' }
  | {
      readonly state: 'open' | 'completed' | 'closed';
      readonly runId: string;
      readonly operationId: string | null;
      /** The build of the workflows that it began under; null for a run that workers of all builds continue. */
      readonly build: string | null;
    };

export interface RunsSettings {
  readonly client: Client;
  /** The task queue of messages; those of operations have the build in addition. */
  readonly taskQueue: string;
  /** The builds of live workers, the newest first. */
  readonly liveBuilds: () => Promise<readonly string[]>;
  /** Delays between attempts to start a run, in milliseconds, while the run of the previous operation is closing. */
  readonly startDelaysMs?: readonly number[];
}

const stateOf: Partial<Record<WorkflowExecutionStatusName, 'open' | 'completed'>> = {
  RUNNING: 'open',
  COMPLETED: 'completed',
};

const defaultStartDelaysMs = [25, 50, 100, 200];

export type Runs = ReturnType<typeof createRuns>;

/** Starts, inspects, cancels and terminates the runs of operations. */
export function createRuns({ client, taskQueue, liveBuilds, startDelaysMs = defaultStartDelaysMs }: RunsSettings) {
  /** Throws `temporal_unavailable`, so that an unavailable Temporal is never taken for "none". */
  async function current(databaseId: string): Promise<CurrentRun> {
    try {
      const handle = client.workflow.getHandle(workflowIdOf(databaseId));
      const described = await callTemporal(client, 'describe a run', () => handle.describe());
      const { status, runId, memo } = described;
      const operationId = typeof memo?.operationId === 'string' ? memo.operationId : null;
      const build = buildOf(taskQueue, described.taskQueue);
      return { state: stateOf[status.name] ?? 'closed', runId, operationId, build };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return { state: 'none' };
      throw error;
    }
  }

  async function startOnce(operation: OperationRecord, build: string): Promise<string> {
    const { id: operationId, databaseId, databaseName, kind, tenantId, requestId, traceId } = operation;
    const handle = await callTemporal(client, 'start a workflow', () =>
      client.workflow.start(workflowTypes[kind], {
        workflowId: workflowIdOf(databaseId),
        workflowIdConflictPolicy: 'FAIL',
        taskQueue: buildTaskQueue(taskQueue, build),
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

  async function start(operation: OperationRecord): Promise<string | null> {
    const [build] = await liveBuilds();
    if (build === undefined) return null;
    for (const delayMs of [...startDelaysMs, null]) {
      try {
        return await startOnce(operation, build);
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }
      const run = await current(operation.databaseId);
      if (run.state === 'open' && run.operationId === operation.id) return run.runId;
      if (delayMs === null) break;
      await new Promise((resolve) => setTimeout(resolve, delayMs));
    }
    return null;
  }

  return {
    current,
    deliveries: createDeliveryRuns(client, taskQueue),

    /**
     * Starts an operation's run under the newest live build. Starting twice is harmless: the first activity claims the
     * operation. Retries a few times while the run of the previous operation is closing. Throws `temporal_unavailable`,
     * `store_unavailable`.
     *
     * @returns the run's id; null if the previous run is still open, or no worker is live: the relay then starts this
     * one later
     */
    start,

    /**
     * Ends a run that can no longer continue, and starts its operation's next run, which takes over what the first one
     * claimed. May be repeated. Throws as `start` does.
     *
     * @param runId the run to end; another one of the operation stays
     */
    async restart(operation: OperationRecord, runId: string, reason: string): Promise<void> {
      const handle = client.workflow.getHandle(workflowIdOf(operation.databaseId), runId);
      await ignoringGone(() => callTemporal(client, 'terminate a run', () => handle.terminate(reason)));
      await start(operation);
    },

    /** Cancels the operation's run, which then goes back; does nothing if the run is no longer open. */
    async cancel({ id, databaseId }: OperationRecord): Promise<void> {
      const run = await current(databaseId);
      if (run.state !== 'open' || run.operationId !== id) return;
      await ignoringGone(() =>
        callTemporal(client, 'cancel a run', () =>
          client.workflow.getHandle(workflowIdOf(databaseId), run.runId).cancel(),
        ),
      );
    },

    /** Ends the operation's run at once, without any clean-up by the run. */
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

/** A run that closed between the look-up and the call needs nothing more. */
async function ignoringGone(call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}
