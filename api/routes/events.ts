import { Router } from 'express';
import { z } from 'zod';
import { idSchema } from '../../databases/ids';
import { principalOf } from '../authenticate';
import type { ApiDependencies } from '../dependencies';
import { pageQuery, pageRequestOf } from '../query';
import { validate } from '../validate';

const listQuery = z.strictObject({
  ...pageQuery,
  databaseId: idSchema.optional(),
  operationId: idSchema.optional(),
  type: z
    .string()
    .max(64)
    .regex(/^[a-z_]+(\.[a-z_]+)*$/, 'expected an event type such as operation.failed')
    .optional(),
});

/** What happened, oldest first. There is no last page: the token leads on to what happens later. */
export function eventRoutes({ store }: ApiDependencies): Router {
  const router = Router();

  router.get('/events', async (request, response) => {
    const { pageSize, pageToken, ...filter } = validate(listQuery, request.query, 'query');
    const page = pageRequestOf({ pageSize, pageToken });
    response.json(await store.events.list(principalOf(request).tenantId, filter, page));
  });

  return router;
}
