import { type Request, Router } from 'express';
import { z } from 'zod';
import { DatabaseError } from '../../databases/errors';
import { idSchema, instanceIdSchema } from '../../databases/ids';
import { requireAlone } from '../../databases/instances';
import { instanceVerbKinds, operations } from '../../databases/operations';
import { lifecycleStates } from '../../databases/states';
import type { InstanceRecord } from '../../store/records';
import { acceptRequestOf, answerOnce } from '../answer';
import { principalOf } from '../authenticate';
import type { ApiDependencies } from '../dependencies';
import { pageQuery, pageRequestOf } from '../query';
import { bodyOf, validate } from '../validate';
import { instanceView } from '../views';

const listQuery = z.strictObject({
  ...pageQuery,
  state: z.enum(lifecycleStates).optional(),
  databaseId: idSchema.optional(),
});

/** Instances: the servers of databases, read and, where one may change alone, changed. */
export function instanceRoutes(dependencies: ApiDependencies): Router {
  const { store } = dependencies;
  const router = Router();

  router.get('/instances', async (request, response) => {
    const { state, databaseId, ...page } = validate(listQuery, request.query, 'query');
    const { tenantId } = principalOf(request);
    const { items, nextPageToken } = await store.instances.list(tenantId, { state, databaseId }, pageRequestOf(page));
    const now = new Date();
    response.json({ items: items.map((instance) => instanceView(instance, now)), nextPageToken });
  });

  router.get('/instances/:id', async (request, response) => {
    response.json(instanceView(await instanceOf(request), new Date()));
  });

  for (const kind of instanceVerbKinds) {
    router.post(`/instances/:id${operations[kind].route.path}`, async (request, response) => {
      const input = validate(operations[kind].input as z.ZodType, bodyOf(request), 'body');
      const { role, databaseId } = await instanceOf(request);
      requireAlone(kind, role);
      const accept = acceptRequestOf(request);
      const asked = { kind, databaseId, input };
      await answerOnce(dependencies, response, accept, asked, () =>
        store.accept.change(accept, { ...asked, retryOf: null }),
      );
    });
  }

  /** Throws the same `not_found` for an unknown id and for another tenant's. */
  async function instanceOf(request: Request): Promise<InstanceRecord> {
    const id = validate(instanceIdSchema, request.params.id, 'id');
    const instance = await store.instances.get(principalOf(request).tenantId, id);
    if (instance === null) throw new DatabaseError('not_found', `there is no instance ${id}`);
    return instance;
  }

  return router;
}
