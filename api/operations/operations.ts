import type { Response } from 'express';
import { z } from 'zod';
import { DatabaseError } from '../../domain/errors';
import { idSchema } from '../../domain/ids';
import { operationKinds } from '../../domain/operations/kinds';
import { requireRetryable } from '../../domain/operations/retry';
import { isFinished, operationStates } from '../../domain/states';
import { requireVersion } from '../../store/connection/versions';
import { type OperationRecord, operationVersion } from '../../store/databases/records';
import type { OperationWithSteps } from '../../store/operations/operations';
import type { ApiDependencies } from '../dependencies';
import type { Principal } from '../http/authenticate';
import { sendResource } from '../http/etag';
import { idParams, pageQuery, pageRequestOf, waitQuery } from '../http/query';
import { type Route, route } from '../http/route';
import { pageSchemaOf } from '../http/schemas';
import { acceptAndAnswer, acceptRequestOf, answerAccepted } from './accepted';
import { accepted, changeProblems, unchanged } from './answers';
import { operationSchema } from './schemas';
import { operationView } from './views';

const listQuery = z.strictObject({
  ...pageQuery,
  state: z.enum(operationStates).optional(),
  kind: z.enum(operationKinds).optional(),
  databaseId: idSchema.optional(),
});

const getQuery = z.strictObject({ wait: waitQuery });

const tag = 'operations';

/** Lists, reads, cancels, retries and aborts operations. */
export function operationRoutes(dependencies: ApiDependencies): Route[] {
  const { store, runs, waiting, temporalUi, logger } = dependencies;

  /** Throws the same `not_found` for an unknown id and for another tenant's operation. */
  async function operationOf(principal: Principal, id: string): Promise<OperationRecord> {
    return required(await store.operations.get(principal.tenantId, id), id);
  }

  /** The same, with its steps. */
  async function wholeOf(principal: Principal, id: string): Promise<OperationWithSteps> {
    return required(await store.operations.withSteps(principal.tenantId, id), id);
  }

  /** Passes a recorded decision on to Temporal. A failure is only logged, as the relay and the sweep make up for it. */
  async function deliver(what: string, { id }: OperationRecord, call: () => Promise<unknown>): Promise<void> {
    try {
      await call();
    } catch (error) {
      logger.warn({ err: error, operationId: id }, `could not ${what} the run in Temporal; will retry`);
    }
  }

  return [
    route({
      method: 'get',
      path: '/v1/operations',
      permission: 'database:read',
      tag,
      summary: 'List operations',
      answers: { 200: { description: 'A page of operations, newest first', schema: pageSchemaOf(operationSchema) } },
      query: listQuery,
      async handle({ principal: { tenantId }, query: { pageSize, pageToken, ...filter }, response }) {
        const page = pageRequestOf({ pageSize, pageToken });
        const { items, nextPageToken } = await store.operations.list(tenantId, filter, page);
        response.json({ items: items.map((operation) => operationView(operation, null, temporalUi)), nextPageToken });
      },
    }),

    route({
      method: 'get',
      path: '/v1/operations/:id',
      permission: 'database:read',
      tag,
      summary: 'Read an operation, or wait for it to end',
      answers: { 200: { description: 'The operation', schema: operationSchema } },
      problems: ['not_found'],
      params: idParams,
      query: getQuery,
      async handle({ principal, params: { id }, query: { wait = 0 }, request, response }) {
        const first = await wholeOf(principal, id);
        const waits = wait > 0 && !isFinished(first.operation.state);
        if (waits) await waiting.untilFinished(id, wait, closedSignal(response));
        const { operation, steps } = waits ? await wholeOf(principal, id) : first;
        if (!isFinished(operation.state)) response.set('Retry-After', '1');
        sendResource(request, response, operationVersion(operation), operationView(operation, steps, temporalUi));
      },
    }),

    route({
      method: 'post',
      path: '/v1/operations/:id/cancel',
      permission: 'operation:cancel',
      action: 'operation.cancel',
      tag,
      summary: 'Cancel an operation',
      answers: { 202: accepted },
      problems: ['not_found', 'not_cancellable', 'already_finished'],
      params: idParams,
      async handle({ principal: { tenantId, actor }, params, request, response }) {
        const operation = await store.operations.cancel(
          tenantId,
          params.id,
          actor,
          acceptRequestOf(request, dependencies),
        );
        await deliver('cancel', operation, () => runs.cancel(operation));
        await answerAccepted(dependencies, response, operation, null);
      },
    }),

    route({
      method: 'post',
      path: '/v1/operations/:id/retry',
      permission: 'database:update',
      action: 'operation.retry',
      tag,
      summary: 'Retry an operation that failed or was cancelled',
      answers: { 200: unchanged, 202: accepted },
      problems: [...changeProblems, 'not_retryable'],
      params: idParams,
      async handle({ principal, params, request, response }) {
        const asked = await operationOf(principal, params.id);
        const { databaseId } = asked;
        // First: a condition counts only where the request would succeed without it (RFC 9110, 13.2.1).
        requireRetryable(asked);
        const kind = asked.kind === 'repair' ? 'recover' : asked.kind;
        const { ifMatch = null, ...accept } = acceptRequestOf(request, dependencies);
        // A finished operation no longer changes, so the version cannot change between this check and the acceptance.
        requireVersion(ifMatch, operationVersion(asked));
        if ((await store.databases.find(databaseId)) === null) {
          throw new DatabaseError('not_retryable', `database ${databaseId} of the operation no longer exists`);
        }
        await acceptAndAnswer(dependencies, response, kind, () => store.operations.retry(accept, asked));
      },
    }),

    route({
      method: 'post',
      path: '/v1/operations/:id/abort',
      permission: 'operation:cancel',
      action: 'operation.abort',
      tag,
      summary: 'Abort an operation at once and clean up after it',
      answers: { 202: accepted },
      problems: ['not_found', 'already_finished'],
      params: idParams,
      async handle({ principal, params: { id }, request, response }) {
        const operation = await operationOf(principal, id);
        const { actor } = principal;
        const reason = `aborted by ${actor}`;
        // Recorded first: from then on the fence refuses the run's steps, even if the terminate never reaches Temporal.
        const recovery = await store.operations.abort(operation, actor, reason, acceptRequestOf(request, dependencies));
        const aborted = await operationOf(principal, id);
        if (isFinished(operation.state) || aborted.error?.code !== 'aborted') {
          const { state } = aborted;
          throw new DatabaseError('already_finished', `the operation has already ended: ${state}`, {
            currentState: state,
          });
        }
        await deliver('terminate', operation, () => runs.terminate(operation, reason));
        if (recovery !== null) await deliver('start', recovery, () => runs.start(recovery));
        await answerAccepted(dependencies, response, aborted, null);
      },
    }),
  ];
}

/** Aborted when the connection of the caller closes. */
function closedSignal(response: Response): AbortSignal {
  const closed = new AbortController();
  response.once('close', () => closed.abort());
  return closed.signal;
}

function required<Found>(found: Found | null, id: string): Found {
  if (found === null) throw new DatabaseError('not_found', `operation ${id} not found`);
  return found;
}
