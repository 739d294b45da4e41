import { Router } from 'express';
import { z } from 'zod';
import { DatabaseError } from '../../databases/errors';
import type { ApiDependencies } from '../dependencies';
import { hostView, seen } from '../hosts';
import { validate } from '../validate';

const hostIdSchema = z.string().regex(/^[a-z0-9-]{1,40}$/, 'expected lower case letters, digits and hyphens');

/** Hosts: what they hold, and how their workers find them. */
export function hostRoutes({ store, hostAgent }: ApiDependencies): Router {
  const router = Router();

  router.get('/hosts', async (_request, response) => {
    const hosts = await store.hosts.list();
    const items = await Promise.all(hosts.map((host) => seen(hostAgent, host)));
    response.json({ items: items.map(hostView), nextPageToken: null });
  });

  router.get('/hosts/:id', async (request, response) => {
    const id = validate(hostIdSchema, request.params.id, 'id');
    const host = await store.hosts.find(id);
    if (host === null) throw new DatabaseError('not_found', `there is no host ${id}`);
    response.json(hostView(await seen(hostAgent, host)));
  });

  return router;
}
