import { z } from 'zod';
import type { ApiDependencies } from '../dependencies';
import { eventFilter, pageQuery, pageRequestOf } from '../http/query';
import { type Route, route } from '../http/route';
import { pageSchemaOf } from '../http/schemas';
import { eventSchema } from './schemas';

const listQuery = z.strictObject({ ...pageQuery, ...eventFilter });

/** Events, oldest first. There is no last page: the token leads to later events. */
export function eventRoutes({ store }: ApiDependencies): Route[] {
  return [
    route({
      method: 'get',
      path: '/v1/events',
      permission: 'database:read',
      tag: 'events',
      summary: 'List events',
      answers: { 200: { description: 'A page of events, oldest first', schema: pageSchemaOf(eventSchema) } },
      query: listQuery,
      async handle({ principal: { tenantId }, query: { pageSize, pageToken, ...filter }, response }) {
        response.json(await store.events.list(tenantId, filter, pageRequestOf({ pageSize, pageToken })));
      },
    }),
  ];
}
