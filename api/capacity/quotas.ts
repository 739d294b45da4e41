import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Quota } from '../../domain/capacity/quotas';
import { DatabaseError } from '../../domain/errors';
import { tenantIdSchema } from '../../domain/ids';
import { quotaVersion } from '../../store/capacity/quotas';
import type { ApiDependencies } from '../dependencies';
import { authorOf } from '../http/author';
import { ifMatchOf, sendChanged, sendResource } from '../http/etag';
import { type Route, route } from '../http/route';
import { quotaSchema } from './schemas';
import { quotaView } from './views';

const limit = z.int().min(0).nullable();

const limitsSchema = z.strictObject({ databases: limit, nanoCpus: limit, memoryBytes: limit });

const tenantParams = z.strictObject({ id: tenantIdSchema });

const tag = 'quotas';
const answers = { 200: { description: 'The quota and current usage', schema: quotaSchema } };

/** The limits of tenants and their current usage. */
export function quotaRoutes({ store }: ApiDependencies): Route[] {
  async function requireTenant(id: string): Promise<void> {
    if ((await store.tenants.get(id)) === null) throw new DatabaseError('not_found', `tenant ${id} not found`);
  }

  return [
    route({
      method: 'get',
      path: '/v1/quota',
      permission: 'database:read',
      tag,
      summary: "Read your tenant's quota and usage",
      answers,
      async handle({ principal: { tenantId }, request, response }) {
        sendQuota(request, response, tenantId, await store.quotas.get(tenantId));
      },
    }),

    route({
      method: 'get',
      path: '/v1/tenants/:id/quota',
      permission: 'tenant:read',
      tag,
      summary: "Read a tenant's quota and usage",
      answers,
      problems: ['not_found'],
      params: tenantParams,
      async handle({ params: { id }, request, response }) {
        await requireTenant(id);
        sendQuota(request, response, id, await store.quotas.get(id));
      },
    }),

    route({
      method: 'put',
      path: '/v1/tenants/:id/quota',
      permission: 'tenant:update',
      action: 'quota.update',
      tag,
      summary: "Set a tenant's quota",
      answers,
      problems: ['not_found'],
      params: tenantParams,
      body: limitsSchema,
      async handle({ params: { id }, body: limits, request, response }) {
        await requireTenant(id);
        const quota = await store.quotas.setLimits(id, limits, ifMatchOf(request), authorOf(request));
        sendChanged(response, quotaVersion(quota.limits), quotaView(id, quota));
      },
    }),
  ];
}

function sendQuota(request: Request, response: Response, tenantId: string, quota: Quota): void {
  sendResource(request, response, quotaVersion(quota.limits), quotaView(tenantId, quota));
}
