import { z } from 'zod';
import { DatabaseError } from '../../domain/errors';
import { shortNameSchema, tenantIdSchema } from '../../domain/ids';
import { tenantVersion } from '../../store/access/tenants';
import type { ApiDependencies } from '../dependencies';
import { authorOf } from '../http/author';
import { ifMatchOf, sendResource } from '../http/etag';
import { pageQuery, pageRequestOf } from '../http/query';
import { type Route, route } from '../http/route';
import { pageSchemaOf } from '../http/schemas';
import { tenantSchema } from './schemas';

const tenantParams = z.strictObject({ id: tenantIdSchema });

const tag = 'tenants';

/** Tenants, for the installation's administrators. */
export function tenantRoutes({ store }: ApiDependencies): Route[] {
  return [
    route({
      method: 'post',
      path: '/v1/tenants',
      permission: 'tenant:create',
      action: 'tenant.create',
      tag,
      summary: 'Create a tenant',
      answers: { 201: { description: 'The tenant', schema: tenantSchema } },
      problems: ['name_in_use'],
      body: z.strictObject({ name: shortNameSchema }),
      async handle({ body: { name }, request, response }) {
        const tenant = await store.tenants.create(name, authorOf(request));
        response.status(201).set('Location', `/v1/tenants/${tenant.id}`).json(tenant);
      },
    }),

    route({
      method: 'get',
      path: '/v1/tenants',
      permission: 'tenant:read',
      tag,
      summary: 'List tenants',
      answers: { 200: { description: 'A page of tenants, newest first', schema: pageSchemaOf(tenantSchema) } },
      query: z.strictObject(pageQuery),
      async handle({ query, response }) {
        response.json(await store.tenants.list(pageRequestOf(query)));
      },
    }),

    route({
      method: 'get',
      path: '/v1/tenants/:id',
      permission: 'tenant:read',
      tag,
      summary: 'Read a tenant',
      answers: { 200: { description: 'The tenant', schema: tenantSchema } },
      problems: ['not_found'],
      params: tenantParams,
      async handle({ params: { id }, request, response }) {
        const tenant = await store.tenants.get(id);
        if (tenant === null) throw new DatabaseError('not_found', `tenant ${id} not found`);
        sendResource(request, response, tenantVersion(tenant), tenant);
      },
    }),

    route({
      method: 'delete',
      path: '/v1/tenants/:id',
      permission: 'tenant:delete',
      action: 'tenant.delete',
      tag,
      summary: 'Delete a tenant without databases, and its keys',
      answers: { 204: { description: 'The tenant is deleted' } },
      problems: ['not_found', 'tenant_in_use'],
      params: tenantParams,
      async handle({ params: { id }, request, response }) {
        await store.tenants.remove(id, ifMatchOf(request), authorOf(request));
        response.status(204).end();
      },
    }),
  ];
}
