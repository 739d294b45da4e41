import { z } from 'zod';
import { DatabaseError } from '../../domain/errors';
import { idSchema, instanceIdSchema } from '../../domain/ids';
import { requireAlone } from '../../domain/instances';
import { instanceVerbKinds, operations } from '../../domain/operations/operations';
import { lifecycleStates } from '../../domain/states';
import { type InstanceRecord, instanceVersion } from '../../store/databases/records';
import type { ApiDependencies } from '../dependencies';
import type { Principal } from '../http/authenticate';
import { sendResource } from '../http/etag';
import { pageQuery, pageRequestOf } from '../http/query';
import { type Route, route } from '../http/route';
import { pageSchemaOf } from '../http/schemas';
import { acceptAndAnswer, acceptRequestOf } from '../operations/accepted';
import { accepted, changeProblems, unchanged } from '../operations/answers';
import { instanceSchema } from './schemas';
import { instanceView } from './views';

const listQuery = z.strictObject({
  ...pageQuery,
  state: z.enum(lifecycleStates).optional(),
  databaseId: idSchema.optional(),
});

const instanceParams = z.strictObject({ id: instanceIdSchema });

const tag = 'instances';

/** Instances, the servers of databases: reads them, and changes those that may change by themselves. */
export function instanceRoutes(dependencies: ApiDependencies): Route[] {
  const { store } = dependencies;

  /** Throws the same `not_found` for an unknown id and for another tenant's instance. */
  async function instanceOf({ tenantId }: Principal, id: string): Promise<InstanceRecord> {
    const instance = await store.instances.get(tenantId, id);
    if (instance === null) throw new DatabaseError('not_found', `instance ${id} not found`);
    return instance;
  }

  const verbs = instanceVerbKinds.map((kind) =>
    route({
      method: 'post',
      path: `/v1/instances/:id${operations[kind].route.path}`,
      permission: 'instance:update',
      action: `instance.${kind}`,
      tag,
      summary: `${operations[kind].summary} through its instance`,
      answers: { 200: unchanged, 202: accepted },
      problems: changeProblems,
      params: instanceParams,
      body: operations[kind].input as z.ZodType,
      async handle({ principal, params, body: input, request, response }) {
        const { role, databaseId } = await instanceOf(principal, params.id);
        requireAlone(kind, role);
        const accept = acceptRequestOf(request, dependencies);
        await acceptAndAnswer(dependencies, response, kind, () =>
          store.operations.change(accept, { kind, databaseId, input, retryOf: null, instanceId: params.id }),
        );
      },
    }),
  );

  return [
    route({
      method: 'get',
      path: '/v1/instances',
      permission: 'database:read',
      tag,
      summary: 'List instances',
      answers: { 200: { description: 'A page of instances, newest first', schema: pageSchemaOf(instanceSchema) } },
      query: listQuery,
      async handle({ principal: { tenantId }, query: { state, databaseId, ...page }, response }) {
        const filter = { state, databaseId };
        const { items, nextPageToken } = await store.instances.list(tenantId, filter, pageRequestOf(page));
        response.json({ items: items.map(instanceView), nextPageToken });
      },
    }),

    route({
      method: 'get',
      path: '/v1/instances/:id',
      permission: 'database:read',
      tag,
      summary: 'Read an instance',
      answers: { 200: { description: 'The instance', schema: instanceSchema } },
      problems: ['not_found'],
      params: instanceParams,
      async handle({ principal, params, request, response }) {
        const instance = await instanceOf(principal, params.id);
        sendResource(request, response, instanceVersion(instance), instanceView(instance));
      },
    }),

    ...verbs,
  ];
}
