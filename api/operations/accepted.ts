import type { Request, Response } from 'express';
import { DatabaseError } from '../../domain/errors';
import type { RequestedKind } from '../../domain/operations/operations';
import {
  type DatabaseRecord,
  databaseVersion,
  type OperationRecord,
  operationVersion,
} from '../../store/databases/records';
import type { Accepted, OperationRequest, Unchanged } from '../../store/operations/insert';
import { databaseView } from '../databases/views';
import type { ApiDependencies } from '../dependencies';
import { principalOf } from '../http/authenticate';
import { authorOf } from '../http/author';
import { claimOf } from '../http/claim';
import { etagOf, ifMatchOf } from '../http/etag';
import { requestIdOf } from '../http/request-id';
import { traceIdOf } from '../http/trace';
import { operationView } from './views';

/** `Retry-After` for a caller that polls an operation. */
const operationRetryAfterSeconds = 1;

/**
 * The author and conditions of a request, and what is on offer, as the store records them. Throws `invalid_request` for a
 * bad If-Match.
 */
export function acceptRequestOf(
  request: Request,
  { catalogue: { images, sidecarImages } }: Pick<ApiDependencies, 'catalogue'>,
): OperationRequest {
  const { actor, origin } = authorOf(request);
  return {
    tenantId: principalOf(request).tenantId,
    requestedBy: actor,
    requestId: requestIdOf(request),
    origin: origin ?? null,
    traceId: traceIdOf(request),
    claim: claimOf(request),
    ifMatch: ifMatchOf(request),
    target: { images, sidecarImages },
  };
}

/** Accepts an operation, starts its run and answers 202; answers 200 if there is nothing to do. */
export async function acceptAndAnswer(
  dependencies: ApiDependencies,
  response: Response,
  kind: RequestedKind,
  accept: () => Promise<Accepted | Unchanged>,
): Promise<void> {
  const accepted = await accept().catch((error: unknown) =>
    Promise.reject(dependencies.conflicts.counted(kind, error)),
  );
  await answer(dependencies, response, accepted);
}

/** Answers a repeated request whose operation was accepted, but whose first response was never sent. */
export async function answerAgain(
  dependencies: ApiDependencies,
  response: Response,
  tenantId: string,
  operationId: string,
): Promise<void> {
  const { store } = dependencies;
  const operation = await store.operations.get(tenantId, operationId);
  if (operation === null) throw new DatabaseError('not_found', `operation ${operationId} not found`);
  const database = await store.databases.get(tenantId, operation.databaseId);
  if (operation.state === 'pending') return startAndAnswer(dependencies, response, operation, database);
  return answerAccepted(dependencies, response, operation, database);
}

/** Starts the operation and answers 202; answers 200 with the database if it is already in the requested state. */
export async function answer(
  dependencies: ApiDependencies,
  response: Response,
  { operation, database }: Accepted | Unchanged,
): Promise<void> {
  const shown = database.deletedAt === null ? database : null;
  if (operation !== null) return startAndAnswer(dependencies, response, operation, shown);
  const view = databaseView(database, dependencies.catalogue);
  response.set('ETag', etagOf(databaseVersion(database), view)).json({ operation: null, database: view });
}

/**
 * Starts the run of an accepted operation and answers 202, even if the start fails: the relay then starts the run.
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

/** Answers 202 with the operation and its `Location`. The ETag is the database's if shown, else the operation's. */
export async function answerAccepted(
  { store, temporalUi, catalogue }: ApiDependencies,
  response: Response,
  operation: OperationRecord,
  database: DatabaseRecord | null,
): Promise<void> {
  const steps = operation.state === 'pending' ? [] : await store.steps.list(operation.tenantId, operation.id);
  const view = operationView(operation, steps, temporalUi);
  const databaseShown = database === null ? null : databaseView(database, catalogue);
  const etag =
    database === null || databaseShown === null
      ? etagOf(operationVersion(operation), view)
      : etagOf(databaseVersion(database), databaseShown);
  response
    .status(202)
    .set({ Location: `/v1/operations/${operation.id}`, 'Retry-After': String(operationRetryAfterSeconds), ETag: etag })
    .json({ operation: view, ...(databaseShown === null ? {} : { database: databaseShown }) });
}

async function startedRunId({ runs, logger }: ApiDependencies, operation: OperationRecord): Promise<string | null> {
  try {
    return await runs.start(operation);
  } catch (error) {
    logger.warn(
      { err: error, operationId: operation.id, requestId: operation.requestId, traceId: operation.traceId },
      'could not start an accepted operation; the relay will retry',
    );
    return null;
  }
}
