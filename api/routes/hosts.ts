import { z } from 'zod';
import { DatabaseError } from '../../databases/errors';
import { hostVersion } from '../../store/versions';
import type { ApiDependencies } from '../dependencies';
import { sendResource } from '../etag';
import { hostView, seen } from '../hosts';
import { type Route, route } from '../route';
import { hostSchema, pageSchemaOf } from '../schemas';

const hostParams = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,40}$/, 'expected lower case letters, digits and hyphens'),
});

const tag = 'hosts';

/** Hosts: what they hold, and how their workers find them. */
export function hostRoutes({ store, hostAgent }: ApiDependencies): Route[] {
  return [
    route({
      method: 'get',
      path: '/v1/hosts',
      permission: 'host:read',
      tag,
      summary: 'List hosts',
      answers: { 200: { description: 'The hosts', schema: pageSchemaOf(hostSchema) } },
      async handle({ response }) {
        const hosts = await store.hosts.list();
        const items = await Promise.all(hosts.map((host) => seen(hostAgent, host)));
        response.json({ items: items.map(hostView), nextPageToken: null });
      },
    }),

    route({
      method: 'get',
      path: '/v1/hosts/:id',
      permission: 'host:read',
      tag,
      summary: 'Read a host',
      answers: { 200: { description: 'The host', schema: hostSchema } },
      problems: ['not_found'],
      params: hostParams,
      async handle({ params: { id }, request, response }) {
        const host = await store.hosts.find(id);
        if (host === null) throw new DatabaseError('not_found', `there is no host ${id}`);
        sendResource(request, response, hostVersion(host), hostView(await seen(hostAgent, host)));
      },
    }),
  ];
}
