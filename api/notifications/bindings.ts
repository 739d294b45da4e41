import type { z } from 'zod';
import { type Binding, bindingsVersion } from '../../store/notifications/bindings';
import type { ApiDependencies } from '../dependencies';
import { authorOf } from '../http/author';
import { ifMatchOf, sendChanged, sendResource } from '../http/etag';
import { idParams } from '../http/query';
import { type Route, route } from '../http/route';
import { bindingsSchema, newBindingsSchema, otherNotices } from './schemas';
import { bindingsView } from './views';

const tag = 'notifications';
const path = '/v1/health-checks/:id/bindings';
const answers = { 200: { description: 'The complete set of bindings', schema: bindingsSchema } };

type NewBinding = z.output<typeof newBindingsSchema>['items'][number];

/** Bindings: which channels receive which notifications about a database. Each health check has one set. */
export function bindingRoutes({ store }: ApiDependencies): Route[] {
  return [
    route({
      method: 'get',
      path,
      permission: 'health_check:read',
      tag,
      summary: "Read a health check's notification bindings",
      answers,
      problems: ['not_found'],
      params: idParams,
      async handle({ principal: { tenantId }, params: { id }, request, response }) {
        const bindings = await store.bindings.list(tenantId, id);
        sendResource(request, response, bindingsVersion(bindings), bindingsView(bindings));
      },
    }),

    route({
      method: 'put',
      path,
      permission: 'health_check:update',
      action: 'binding.update',
      tag,
      summary: "Replace a health check's notification bindings",
      answers,
      problems: ['not_found'],
      params: idParams,
      body: newBindingsSchema,
      async handle({ principal: { tenantId }, params: { id }, body: { items }, request, response }) {
        const [asked, ifMatch] = [items.map(bindingOf), ifMatchOf(request)];
        const bindings = await store.bindings.replace(tenantId, id, asked, ifMatch, authorOf(request));
        sendChanged(response, bindingsVersion(bindings), bindingsView(bindings));
      },
    }),
  ];
}

function bindingOf({ channelId, onDown, onRecovered, alsoOn, enabled }: NewBinding): Binding {
  const notices = [
    ...(onDown ? (['database.down'] as const) : []),
    ...(onRecovered ? (['database.recovered'] as const) : []),
    ...otherNotices.filter((type) => alsoOn.includes(type)),
  ];
  return { channelId, notices, enabled };
}
