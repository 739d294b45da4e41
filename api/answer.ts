import type { Request, Response } from 'express';
import { DatabaseError } from '../databases/errors';
import type { RequestedKind } from '../databases/operations';
import type { Accepted, Request as AcceptRequest, Unchanged } from '../store/accept';
import type { DatabaseRecord, OperationRecord } from '../store/records';
import { principalOf } from './authenticate';
import type { ApiDependencies } from './dependencies';
import { requestIdOf } from './request-id';
import { databaseView, operationView } from './views';

/** Seconds after which asking for an operation again makes sense. */
const operationRetryAfterSeconds = 1;

/** Who asks for what, as the store records it. Throws `invalid_request` for a bad Idempotency-Key. */
export function acceptRequestOf(request: Request): AcceptRequest {
  const { actor, tenantId } = principalOf(request);
  return { tenantId, requestedBy: actor, requestId: requestIdOf(request), idempotencyKey: idempotencyKeyOf(request) };
}

function idempotencyKeyOf(request: Request): string | null {
  const key = request.get('idempotency-key');
  if (key === undefined) return null;
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key;
  const errors = [
    { field: 'Idempotency-Key', expected: '1 to 255 visible ASCII characters', received: key.slice(0, 80) },
  ];
  throw new DatabaseError('invalid_request', 'Idempotency-Key: expected 1 to 255 visible ASCII characters', { errors });
}

/** What is asked for, to compare with what was asked with the same Idempotency-Key before. */
interface Asked {
  readonly kind: RequestedKind;
  /** Null for a database that is to be. */
  readonly databaseId: string | null;
  readonly input: unknown;
}

/**
 * Accepts a request, starts it and answers; or answers with the operation of an earlier one with the same key, or 200
 * where there is nothing to do.
 */
export async function answerOnce(
  dependencies: ApiDependencies,
  response: Response,
  request: AcceptRequest,
  { kind, databaseId, input }: Asked,
  accept: () => Promise<Accepted | Unchanged>,
): Promise<void> {
  const { accept: accepting, databases } = dependencies.store;
  const repeated = () => accepting.repeated(request, kind, databaseId, input);
  let earlier = await repeated();
  if (earlier === null) {
    try {
      await answer(dependencies, response, await accept());
      return;
    } catch (error) {
      // The same request may have come first, a moment ago.
      earlier = await repeated();
      if (earlier === null) throw dependencies.conflicts.counted(kind, error);
    }
  }
  await answerAccepted(dependencies, response, earlier, await databases.get(request.tenantId, earlier.databaseId));
}

/** 202 with the operation, which is started; or 200 with the database, which is so already. */
export async function answer(
  dependencies: ApiDependencies,
  response: Response,
  { operation, database }: Accepted | Unchanged,
): Promise<void> {
  if (operation !== null) return startAndAnswer(dependencies, response, operation, database);
  response.json({ operation: null, database: databaseView(database, new Date()) });
}

/**
 * Starts the run of an operation that is accepted and answers 202. Whatever happens to the start, the operation stands:
 * the relay starts what is not started.
 */
async function startAndAnswer(
  dependencies: ApiDependencies,
  response: Response,
  operation: OperationRecord,
  database: DatabaseRecord | null,
): Promise<void> {
  dependencies.requests.accepted(operation.kind);
  const runId = await startedRunId(dependencies, operation);
  await answerAccepted(dependencies, response, { ...operation, runId: operation.runId ?? runId }, database);
}

/** 202 with the operation and where to ask for it. */
export async function answerAccepted(
  { store, temporalUi }: ApiDependencies,
  response: Response,
  operation: OperationRecord,
  database: DatabaseRecord | null,
): Promise<void> {
  const steps = operation.state === 'pending' ? [] : await store.operations.steps(operation.tenantId, operation.id);
  response
    .status(202)
    .set({ Location: `/v1/operations/${operation.id}`, 'Retry-After': String(operationRetryAfterSeconds) })
    .json({
      operation: operationView(operation, steps, temporalUi),
      ...(database === null ? {} : { database: databaseView(database, new Date()) }),
    });
}

async function startedRunId({ runs, logger }: ApiDependencies, operation: OperationRecord): Promise<string | null> {
  try {
    return await runs.start(operation);
  } catch (error) {
    logger.warn(
      { err: error, operationId: operation.id },
      'accepted an operation that could not be started yet; the relay will',
    );
    return null;
  }
}
