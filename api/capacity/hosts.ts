import { z } from 'zod';
import { DatabaseError } from '../../domain/errors';
import { labelsPatchSchema, labelsSchema } from '../../domain/spec';
import { type HostWithLoad, hostVersion } from '../../store/capacity/host-records';
import type { OperationRecord } from '../../store/databases/records';
import type { ApiDependencies } from '../dependencies';
import { authorOf } from '../http/author';
import { ifMatchOf, sendResource } from '../http/etag';
import { hostIdSchema, hostParams } from '../http/query';
import { type Route, route } from '../http/route';
import { pageSchemaOf } from '../http/schemas';
import { hostSchema } from './schemas';
import { hostView, seen } from './views';

const port = z.int().min(1024).max(65_535);
const amount = z.int().min(0).nullable();

/** The worker determines address, ports and networks; the values given here apply until it registers. */
const newHostSchema = z.strictObject({
  id: hostIdSchema,
  labels: labelsSchema.default({}),
  capacity: z
    .strictObject({ nanoCpus: amount.default(null), memoryBytes: amount.default(null) })
    .default({ nanoCpus: null, memoryBytes: null }),
  cordoned: z.boolean().default(false),
  address: z.ipv4().default('127.0.0.1'),
  portRange: z
    .strictObject({ from: port, to: port })
    .refine(({ from, to }) => from <= to, 'expected "from" to be no greater than "to"')
    .default({ from: 20_000, to: 29_999 }),
  addressPool: z.cidrv4().default('10.213.0.0/16'),
});

const hostPatchSchema = z.strictObject({
  labels: labelsPatchSchema.optional(),
  capacity: z.strictObject({ nanoCpus: amount.optional(), memoryBytes: amount.optional() }).nullable().optional(),
  cordoned: z.boolean().optional(),
});

const tag = 'hosts';

/** Hosts: their usage, their capacity, and their state as reported by their workers. */
export function hostRoutes({ store, runs, hostAgent, logger }: ApiDependencies): Route[] {
  const viewOf = async (host: HostWithLoad) => hostView(await seen(hostAgent, host));

  /** Their operations have ended, and the fence refuses their steps: if this fails, the runs end by themselves. */
  async function terminate(operations: readonly OperationRecord[], reason: string): Promise<void> {
    for (const operation of operations) {
      try {
        await runs.terminate(operation, reason);
      } catch (error) {
        logger.warn({ err: error, operationId: operation.id }, 'could not terminate the run of a lost host');
      }
    }
  }

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
        response.json({ items: await Promise.all(hosts.map(viewOf)), nextPageToken: null });
      },
    }),

    route({
      method: 'post',
      path: '/v1/hosts',
      permission: 'host:update',
      action: 'host.create',
      tag,
      summary: 'Add a host before its worker registers',
      answers: { 201: { description: 'The host', schema: hostSchema } },
      problems: ['name_in_use'],
      body: newHostSchema,
      async handle({ body: { portRange, ...host }, request, response }) {
        const settings = { ...host, portFrom: portRange.from, portTo: portRange.to };
        const made = await store.hosts.create(settings, authorOf(request));
        response
          .status(201)
          .set('Location', `/v1/hosts/${made.id}`)
          .json(await viewOf(made));
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
        if (host === null) throw new DatabaseError('not_found', `host ${id} not found`);
        sendResource(request, response, hostVersion(host), await viewOf(host));
      },
    }),

    route({
      method: 'patch',
      path: '/v1/hosts/:id',
      permission: 'host:update',
      action: 'host.update',
      tag,
      summary: "Change a host's labels or capacity, or cordon it",
      answers: { 200: { description: 'The updated host', schema: hostSchema } },
      problems: ['not_found'],
      params: hostParams,
      body: hostPatchSchema,
      async handle({ params: { id }, body: patch, request, response }) {
        const changed = await store.hosts.change(id, patch, ifMatchOf(request), authorOf(request));
        response.json(await viewOf(changed));
      },
    }),

    route({
      method: 'post',
      path: '/v1/hosts/:id/lost',
      permission: 'host:update',
      action: 'host.lost',
      tag,
      summary: 'Declare a host lost for good, so that its databases can be deleted without it',
      answers: { 200: { description: 'The lost host', schema: hostSchema } },
      problems: ['not_found', 'host_in_use'],
      params: hostParams,
      async handle({ params: { id }, request, response }) {
        const { host, aborted } = await store.lostHosts.declareLost(id, ifMatchOf(request), authorOf(request));
        await terminate(aborted, `host ${id} was declared lost`);
        response.json(await viewOf(host));
      },
    }),

    route({
      method: 'post',
      path: '/v1/hosts/:id/return',
      permission: 'host:update',
      action: 'host.return',
      tag,
      summary: 'Take a lost host back; nothing on it is started',
      answers: { 200: { description: 'The returned host', schema: hostSchema } },
      problems: ['not_found'],
      params: hostParams,
      async handle({ params: { id }, request, response }) {
        const host = await store.lostHosts.takeBack(id, ifMatchOf(request), authorOf(request));
        response.json(await viewOf(host));
      },
    }),

    route({
      method: 'delete',
      path: '/v1/hosts/:id',
      permission: 'host:update',
      action: 'host.delete',
      tag,
      summary: 'Remove a host without instances',
      answers: { 200: { description: 'The removed host', schema: hostSchema } },
      problems: ['not_found', 'host_in_use'],
      params: hostParams,
      async handle({ params: { id }, request, response }) {
        const removed = await store.hosts.remove(id, ifMatchOf(request), authorOf(request));
        response.json(await viewOf(removed));
      },
    }),
  ];
}
