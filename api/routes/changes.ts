import { type Request, Router } from 'express';
import { z } from 'zod';
import { DatabaseError } from '../../databases/errors';
import { operations, type RequestedKind, verbKinds } from '../../databases/operations';
import { acceptRequestOf, answerOnce } from '../answer';
import { principalOf } from '../authenticate';
import type { ApiDependencies } from '../dependencies';
import { dryRunOf } from '../dry-run';
import { bodyOf, idOf, validate } from '../validate';

const patchQuery = z.strictObject({ dryRun: z.enum(['true', 'false']).optional() });

/** Changes of a database that exists: one route for each row of the operations table. */
export function changeRoutes(dependencies: ApiDependencies): Router {
  const { store } = dependencies;
  const router = Router();

  for (const kind of verbKinds) {
    const { method, path } = operations[kind].route;
    router[method](`/databases/:id${path}`, async (request, response) => {
      const accept = acceptRequestOf(request);
      const asked = askedOf(kind, request);
      await answerOnce(dependencies, response, accept, asked, () =>
        store.accept.change(accept, { ...asked, retryOf: null }),
      );
    });
  }

  router.patch('/databases/:id', async (request, response) => {
    const { dryRun } = validate(patchQuery, request.query, 'query');
    const asked = askedOf(patchKindOf(bodyOf(request)), request);
    if (dryRun === 'true') {
      const { tenantId } = principalOf(request);
      const database = await store.databases.get(tenantId, asked.databaseId);
      if (database === null) throw new DatabaseError('not_found', `there is no database ${asked.databaseId}`);
      response.json(await dryRunOf(dependencies, database, asked));
      return;
    }
    const accept = acceptRequestOf(request);
    await answerOnce(dependencies, response, accept, asked, () =>
      store.accept.change(accept, { ...asked, retryOf: null }),
    );
  });

  return router;
}

/** A patch of what is kept for the owners alone touches nothing that runs, and may come in more states. */
function patchKindOf(body: unknown): 'describe' | 'update' {
  const ofRecord = Object.keys(operations.describe.input.shape);
  const isRecordOnly = Object.keys(Object(body) as object).every((field) => ofRecord.includes(field));
  return isRecordOnly ? 'describe' : 'update';
}

function askedOf(kind: RequestedKind, request: Request) {
  const input = validate(operations[kind].input as z.ZodType, bodyOf(request), 'body');
  return { kind, databaseId: idOf(request), input };
}
