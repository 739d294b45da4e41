import { z } from 'zod';
import type { ApiDependencies } from '../dependencies';
import { authorOf } from '../http/author';
import { hostParams, pageQuery, pageRequestOf } from '../http/query';
import { type Route, route } from '../http/route';
import { pageSchemaOf } from '../http/schemas';
import { orphanSchema, reconcilerSchema } from './schemas';
import { orphanView, reconcilerView } from './views';

/** The reconcilers of hosts, and the orphans that they have found. */
export function reconcilerRoutes({ store }: ApiDependencies): Route[] {
  return [
    route({
      method: 'get',
      path: '/v1/orphans',
      permission: 'database:read',
      tag: 'reconciling',
      summary: 'List orphans: objects of Slipway whose database has no record',
      answers: { 200: { description: 'A page of orphans, newest first', schema: pageSchemaOf(orphanSchema) } },
      query: z.strictObject(pageQuery),
      async handle({ principal: { tenantId }, query, response }) {
        const { items, nextPageToken } = await store.observations.orphans(tenantId, pageRequestOf(query));
        response.json({ items: items.map(orphanView), nextPageToken });
      },
    }),

    route({
      method: 'get',
      path: '/v1/reconcilers',
      permission: 'host:read',
      tag: 'reconciling',
      summary: 'List the reconcilers, one per host',
      answers: { 200: { description: 'The reconcilers', schema: pageSchemaOf(reconcilerSchema) } },
      async handle({ response }) {
        const items = await store.reconcilers.list();
        response.json({ items: items.map(reconcilerView), nextPageToken: null });
      },
    }),

    route({
      method: 'post',
      path: '/v1/reconcilers/:id/resume',
      permission: 'host:update',
      action: 'reconciler.resume',
      tag: 'reconciling',
      summary: "Resume a host's reconciler for 15 minutes",
      answers: {
        200: {
          description: 'The reconciler, still stopped: it resumes with its next pass',
          schema: reconcilerSchema,
        },
      },
      problems: ['not_found', 'state_conflict'],
      params: hostParams,
      async handle({ params: { id }, request, response }) {
        response.json(reconcilerView(await store.reconcilers.resume(id, authorOf(request))));
      },
    }),
  ];
}
