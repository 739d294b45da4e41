import { z } from 'zod';
import type { DatabaseRecord } from '../../store/databases/records';
import type { ApiDependencies } from '../dependencies';
import { pageQuery, pageRequestOf } from '../http/query';
import { type Route, route } from '../http/route';
import { pageSchemaOf } from '../http/schemas';
import { deletedDatabaseSchema } from './schemas';

/** Lists deleted databases; undelete and purge are in the table of operations. */
export function deletedDatabaseRoutes({ store }: ApiDependencies): Route[] {
  return [
    route({
      method: 'get',
      path: '/v1/deleted-databases',
      permission: 'database:read',
      tag: 'databases',
      summary: 'List deleted databases that still have their data',
      answers: {
        200: { description: 'A page of databases, newest first', schema: pageSchemaOf(deletedDatabaseSchema) },
      },
      query: z.strictObject(pageQuery),
      async handle({ principal: { tenantId }, query, response }) {
        const { items, nextPageToken } = await store.databases.listDeleted(tenantId, pageRequestOf(query));
        response.json({ items: items.map(deletedDatabaseView), nextPageToken });
      },
    }),
  ];
}

function deletedDatabaseView({ id, name, spec, error, deletedAt, purgeAt, createdAt, ...attributes }: DatabaseRecord) {
  const { description, labels } = attributes;
  return {
    id,
    name,
    description,
    labels,
    version: spec.version,
    size: spec.size,
    error,
    deletedAt,
    purgeAt,
    createdAt,
  };
}
