import { z } from 'zod';
import { idSchema, tenantIdSchema } from '../../domain/ids';
import { auditOutcomes } from '../../store/access/audit';
import type { ApiDependencies } from '../dependencies';
import { pageQuery, pageRequestOf } from '../http/query';
import { type Route, route } from '../http/route';
import { pageSchemaOf } from '../http/schemas';
import { auditEntrySchema } from './schemas';

const timeSchema = z.iso
  .datetime({ offset: true, error: 'expected a time such as 2026-11-21T06:00:00Z' })
  .regex(/^[12]/)
  .transform((text) => new Date(text));

const word = z.string().min(1).max(200);

const listQuery = z.strictObject({
  ...pageQuery,
  tenantId: tenantIdSchema.optional(),
  actor: word.optional(),
  action: z
    .string()
    .max(64)
    .regex(/^[a-z_]+(\.[a-z_-]+)?$/, 'expected an action such as database.create')
    .optional(),
  resourceId: word.optional(),
  operationId: idSchema.optional(),
  outcome: z.enum(auditOutcomes).optional(),
  since: timeSchema.optional(),
  until: timeSchema.optional(),
});

/** The audit. A tenant's administrators read their tenant's entries; the installation's read all. */
export function auditRoutes({ store }: ApiDependencies): Route[] {
  return [
    route({
      method: 'get',
      path: '/v1/audit',
      permission: 'audit:read',
      tag: 'audit',
      summary: 'List audit entries',
      answers: { 200: { description: 'A page of entries, newest first', schema: pageSchemaOf(auditEntrySchema) } },
      query: listQuery,
      async handle({ principal, query: { pageSize, pageToken, ...filter }, response }) {
        const page = pageRequestOf({ pageSize, pageToken });
        const scope = principal.belongsTo === 'installation' ? null : principal.tenantId;
        response.json(await store.audit.list(scope, filter, page));
      },
    }),
  ];
}
