import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { DatabaseError } from '../../databases/errors';
import { idSchema } from '../../databases/ids';
import { operationKinds } from '../../databases/operations';
import { isFinished, operationStates } from '../../databases/states';
import type { OperationRecord } from '../../store/records';
import { acceptRequestOf, answer, answerAccepted } from '../answer';
import { principalOf } from '../authenticate';
import type { ApiDependencies } from '../dependencies';
import { pageQuery, pageRequestOf, waitQuery } from '../query';
import { bodyOf, idOf, validate } from '../validate';
import { operationView } from '../views';

const listQuery = z.strictObject({
  ...pageQuery,
  state: z.enum(operationStates).optional(),
  kind: z.enum(operationKinds).optional(),
  databaseId: idSchema.optional(),
});

const getQuery = z.strictObject({ wait: waitQuery });

const noBody = z.strictObject({});

/** Operations: watched, cancelled, tried again, aborted. */
export function operationRoutes(dependencies: ApiDependencies): Router {
  const { store, runs, waiting, conflicts, temporalUi, logger } = dependencies;
  const router = Router();

  router.get('/operations', async (request, response) => {
    const { pageSize, pageToken, ...filter } = validate(listQuery, request.query, 'query');
    const { tenantId } = principalOf(request);
    const { items, nextPageToken } = await store.operations.list(
      tenantId,
      filter,
      pageRequestOf({ pageSize, pageToken }),
    );
    response.json({ items: items.map((operation) => operationView(operation, null, temporalUi)), nextPageToken });
  });

  router.get('/operations/:id', async (request, response) => {
    const { wait = 0 } = validate(getQuery, request.query, 'query');
    const first = await operationOf(request);
    if (wait > 0 && !isFinished(first.state)) await waiting.untilFinished(first.id, wait, closedSignal(response));
    const operation = wait > 0 ? await operationOf(request) : first;
    const steps = await store.operations.steps(operation.id);
    if (!isFinished(operation.state)) response.set('Retry-After', '1');
    response.json(operationView(operation, steps, temporalUi));
  });

  router.post('/operations/:id/cancel', async (request, response) => {
    validate(noBody, bodyOf(request), 'body');
    const { tenantId, actor } = principalOf(request);
    const operation = await store.finish.cancel(tenantId, idOf(request), actor);
    await deliver('cancel', operation, () => runs.cancel(operation));
    await answerAccepted(dependencies, response, operation, null);
  });

  router.post('/operations/:id/retry', async (request, response) => {
    validate(noBody, bodyOf(request), 'body');
    const asked = await operationOf(request);
    const { id, kind, state, databaseId, input } = asked;
    if (kind === 'recover' || !isFinished(state) || state === 'succeeded') {
      throw new DatabaseError('not_retryable', `an operation of kind ${kind} that is ${state} is not tried again`);
    }
    const accept = acceptRequestOf(request);
    if ((await store.databases.get(accept.tenantId, databaseId)) === null) {
      throw new DatabaseError('not_retryable', `database ${databaseId} of the operation is gone`);
    }
    const accepted = await (kind === 'repair'
      ? store.repairs.retry(accept, asked)
      : store.accept.change(accept, { kind, databaseId, input, retryOf: id })
    ).catch((error: unknown) => Promise.reject(kind === 'repair' ? error : conflicts.counted(kind, error)));
    await answer(dependencies, response, accepted);
  });

  router.post('/operations/:id/abort', async (request, response) => {
    validate(noBody, bodyOf(request), 'body');
    const operation = await operationOf(request);
    const { actor } = principalOf(request);
    const reason = `aborted by ${actor}`;
    // The record first: from here the fence refuses the run's steps, even if the terminate does not arrive.
    const recovery = await store.finish.abort(operation.id, actor, reason);
    const aborted = await operationOf(request);
    if (isFinished(operation.state) || aborted.error?.code !== 'aborted') {
      const { state } = aborted;
      throw new DatabaseError('already_finished', `the operation is ${state}`, { currentState: state });
    }
    await deliver('terminate', operation, () => runs.terminate(operation, reason));
    if (recovery !== null) await deliver('start', recovery, () => runs.start(recovery));
    await answerAccepted(dependencies, response, aborted, null);
  });

  /** Throws the same `not_found` for an unknown id and for another tenant's. */
  async function operationOf(request: Request): Promise<OperationRecord> {
    const id = idOf(request);
    const operation = await store.operations.get(principalOf(request).tenantId, id);
    if (operation === null) throw new DatabaseError('not_found', `there is no operation ${id}`);
    return operation;
  }

  /** What the record says stands; telling Temporal may fail, and the relay and the sweep make up for it. */
  async function deliver(what: string, { id }: OperationRecord, call: () => Promise<unknown>): Promise<void> {
    try {
      await call();
    } catch (error) {
      logger.warn({ err: error, operationId: id }, `Temporal could not be told to ${what} the run; it will be`);
    }
  }

  return router;
}

/** Aborted when the caller has gone away. */
function closedSignal(response: Response): AbortSignal {
  const closed = new AbortController();
  response.once('close', () => closed.abort());
  return closed.signal;
}
