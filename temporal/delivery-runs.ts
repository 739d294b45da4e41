import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { DatabaseError, isErrorCode } from '../domain/errors';
import { type ChannelRef, type DeliveryRef, deliveryWorkflowIdOf } from '../domain/notifications/deliveries';
import { newId } from '../store/connection/ids';
import { callTemporal } from './connection';
import type { MessageWorkflow } from './workflow-types';

/** Timeout of a test message, from the request to the result. */
const testTimeoutMs = 25_000;

export type DeliveryRuns = ReturnType<typeof createDeliveryRuns>;

/** Starts and inspects the runs that deliver messages. */
export function createDeliveryRuns(client: Client, taskQueue: string) {
  return {
    /** Starts the run that delivers a message. Starting twice is harmless. */
    async start(deliveryId: string): Promise<void> {
      try {
        await callTemporal(client, 'start a workflow', () =>
          client.workflow.start('deliverNotification' satisfies MessageWorkflow, {
            workflowId: deliveryWorkflowIdOf(deliveryId),
            workflowIdConflictPolicy: 'FAIL',
            taskQueue,
            args: [{ deliveryId } satisfies DeliveryRef],
          }),
        );
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }
    },

    /**
     * Whether a message has an open run. Throws `temporal_unavailable`, so that an unavailable Temporal is never taken
     * for "no".
     */
    async isOpen(deliveryId: string): Promise<boolean> {
      try {
        const handle = client.workflow.getHandle(deliveryWorkflowIdOf(deliveryId));
        const { status } = await callTemporal(client, 'describe a run', () => handle.describe());
        return status.name === 'RUNNING';
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false;
        throw error;
      }
    },

    /**
     * Sends a test message from a worker, as all messages are, and waits for the result. Throws `delivery_refused`,
     * `delivery_failed`, `temporal_unavailable`.
     */
    async test(channel: ChannelRef): Promise<void> {
      const handle = await callTemporal(client, 'start a workflow', () =>
        client.workflow.start('testChannel' satisfies MessageWorkflow, {
          workflowId: `test-${channel.channelId}-${newId()}`,
          taskQueue,
          args: [channel],
          workflowExecutionTimeout: testTimeoutMs,
        }),
      );
      try {
        await client.withDeadline(Date.now() + 2 * testTimeoutMs, () => handle.result());
      } catch (error) {
        if (error instanceof WorkflowFailedError) throw problemOf(error);
        throw new DatabaseError('temporal_unavailable', 'Temporal did not report the result', {}, { cause: error });
      }
    },
  };
}

function problemOf(error: WorkflowFailedError): DatabaseError {
  for (let cause: unknown = error.cause; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ApplicationFailure && isErrorCode(cause.type)) {
      return new DatabaseError(cause.type, cause.message, {}, { cause: error });
    }
  }
  return new DatabaseError('delivery_failed', 'no worker sent the message in time', {}, { cause: error });
}
