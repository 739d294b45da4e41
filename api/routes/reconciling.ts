import { Router } from 'express';
import { z } from 'zod';
import { principalOf } from '../authenticate';
import type { ApiDependencies } from '../dependencies';
import { pageQuery, pageRequestOf } from '../query';
import { validate } from '../validate';
import { orphanView, reconcilerView } from '../views';

const listQuery = z.strictObject(pageQuery);
const noQuery = z.strictObject({});

/** What is seen on hosts, beside databases: objects without a record, and how reconciling goes. */
export function reconcilingRoutes({ store }: ApiDependencies): Router {
  const router = Router();

  router.get('/orphans', async (request, response) => {
    const page = pageRequestOf(validate(listQuery, request.query, 'query'));
    const { items, nextPageToken } = await store.observations.orphans(principalOf(request).tenantId, page);
    response.json({ items: items.map(orphanView), nextPageToken });
  });

  router.get('/reconcilers', async (request, response) => {
    validate(noQuery, request.query, 'query');
    const now = new Date();
    const items = await store.reconcilers.list();
    response.json({ items: items.map((one) => reconcilerView(one, now)), nextPageToken: null });
  });

  return router;
}
