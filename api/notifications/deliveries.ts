import { z } from 'zod';
import { idSchema } from '../../domain/ids';
import type { ApiDependencies } from '../dependencies';
import { authorOf } from '../http/author';
import { idParams, pageQuery, pageRequestOf } from '../http/query';
import { type Route, route } from '../http/route';
import { pageSchemaOf } from '../http/schemas';
import { deliverySchema } from './schemas';

const tag = 'notifications';
const path = '/v1/notification-channels/:id/deliveries';

/** The messages of a channel, delivered or not. */
export function deliveryRoutes({ store }: ApiDependencies): Route[] {
  return [
    route({
      method: 'get',
      path,
      permission: 'channel:read',
      tag,
      summary: "List a channel's deliveries",
      answers: { 200: { description: 'A page of deliveries, newest first', schema: pageSchemaOf(deliverySchema) } },
      problems: ['not_found'],
      params: idParams,
      query: z.strictObject(pageQuery),
      async handle({ principal: { tenantId }, params: { id }, query, response }) {
        await store.channels.get(tenantId, id);
        response.json(await store.deliveries.list(tenantId, id, pageRequestOf(query)));
      },
    }),

    route({
      method: 'post',
      path: `${path}/:deliveryId/redeliver`,
      permission: 'channel:update',
      action: 'delivery.redeliver',
      tag,
      summary: 'Redeliver a message with the same id',
      answers: { 200: { description: 'The delivery, pending again', schema: deliverySchema } },
      problems: ['not_found', 'state_conflict'],
      params: z.strictObject({ id: idSchema, deliveryId: idSchema }),
      async handle({ principal: { tenantId }, params: { id, deliveryId }, request, response }) {
        response.json(await store.deliveries.redeliver(tenantId, id, deliveryId, authorOf(request)));
      },
    }),
  ];
}
