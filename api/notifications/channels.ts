import { z } from 'zod';
import { DatabaseError } from '../../domain/errors';
import { channelVersion } from '../../store/connection/versions';
import type { ChannelRecord } from '../../store/notifications/channels';
import type { ApiDependencies } from '../dependencies';
import { authorOf } from '../http/author';
import { ifMatchOf, sendChanged, sendResource } from '../http/etag';
import { idParams, pageQuery, pageRequestOf } from '../http/query';
import { type Call, type Route, route } from '../http/route';
import { pageSchemaOf } from '../http/schemas';
import { channelPatchSchema, channelSchema, newChannelSchema, rotateSecretSchema } from './schemas';
import { channelConfigOf, refuseTarget } from './targets';

const tag = 'notifications';
const path = '/v1/notification-channels';
const one = { description: 'The channel', schema: channelSchema };

/** Channels: who is told, and by what. */
export function channelRoutes({ store, runs, allowedTargets }: ApiDependencies): Route[] {
  return [
    route({
      method: 'post',
      path,
      permission: 'channel:update',
      action: 'channel.create',
      tag,
      summary: 'Create a channel',
      answers: { 201: one },
      problems: ['name_in_use'],
      body: newChannelSchema,
      async handle({ principal: { tenantId }, body, request, response }) {
        refuseTarget(body.config, allowedTargets);
        const channel = await store.channels.create(tenantId, body, authorOf(request));
        response.status(201).set('Location', `${path}/${channel.id}`);
        answer(response, channel);
      },
    }),

    route({
      method: 'get',
      path,
      permission: 'channel:read',
      tag,
      summary: 'List channels',
      answers: { 200: { description: 'A page of channels, newest first', schema: pageSchemaOf(channelSchema) } },
      query: z.strictObject(pageQuery),
      async handle({ principal: { tenantId }, query, response }) {
        response.json(await store.channels.list(tenantId, pageRequestOf(query)));
      },
    }),

    route({
      method: 'get',
      path: `${path}/:id`,
      permission: 'channel:read',
      tag,
      summary: 'Read a channel, without its secrets',
      answers: { 200: one },
      problems: ['not_found'],
      params: idParams,
      async handle({ principal: { tenantId }, params: { id }, request, response }) {
        const channel = await store.channels.get(tenantId, id);
        sendResource(request, response, channelVersion(channel), channel);
      },
    }),

    route({
      method: 'patch',
      path: `${path}/:id`,
      permission: 'channel:update',
      action: 'channel.update',
      tag,
      summary: 'Change a channel; omitted fields, including secrets, keep their values',
      answers: { 200: one },
      problems: ['not_found', 'name_in_use', 'secret_unreadable'],
      params: idParams,
      body: channelPatchSchema,
      async handle({ principal: { tenantId }, params: { id }, body: { config, ...rest }, request, response }) {
        const fields = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
        const change =
          config === undefined
            ? fields
            : {
                ...fields,
                config: (kind: ChannelRecord['kind'], current: object) =>
                  channelConfigOf(kind, patched(current, config), allowedTargets),
              };
        const [ifMatch, author] = [ifMatchOf(request), authorOf(request)];
        answer(response, await store.channels.change(tenantId, id, change, ifMatch, author));
      },
    }),

    route({
      method: 'delete',
      path: `${path}/:id`,
      permission: 'channel:update',
      action: 'channel.delete',
      tag,
      summary: 'Delete a channel with its bindings and deliveries',
      answers: { 204: { description: 'The channel is deleted' } },
      problems: ['not_found'],
      params: idParams,
      async handle({ principal: { tenantId }, params: { id }, request, response }) {
        await store.channels.remove(tenantId, id, ifMatchOf(request), authorOf(request));
        response.status(204).end();
      },
    }),

    route({
      method: 'post',
      path: `${path}/:id/rotate-secret`,
      permission: 'channel:update',
      action: 'channel.rotate-secret',
      tag,
      summary: "Rotate a webhook's signing secret; both secrets sign during the overlap",
      answers: { 200: one },
      problems: ['not_found', 'state_conflict', 'secret_unreadable'],
      params: idParams,
      body: rotateSecretSchema,
      async handle({ principal: { tenantId }, params: { id }, body, request, response }) {
        answer(response, await store.channels.rotate(tenantId, id, body, ifMatchOf(request), authorOf(request)));
      },
    }),

    route({
      method: 'post',
      path: `${path}/:id/test`,
      permission: 'channel:update',
      action: 'channel.test',
      tag,
      summary: 'Send a test message and report whether it was delivered',
      answers: { 204: { description: 'The message was delivered' } },
      problems: ['not_found', 'state_conflict', 'delivery_refused', 'delivery_failed', 'temporal_unavailable'],
      params: idParams,
      async handle({ principal: { tenantId }, params: { id }, request, response }) {
        const { enabled, name } = await store.channels.get(tenantId, id);
        if (!enabled) throw new DatabaseError('state_conflict', `channel ${id} is disabled`);
        const entry = { tenantId, action: 'channel.test', resource: { id, name }, operationId: null } as const;
        await store.audit.write({ ...authorOf(request), ...entry, outcome: 'accepted' });
        await runs.deliveries.test({ tenantId, channelId: id });
        response.status(204).end();
      },
    }),
  ];
}

/** A merge patch (RFC 7396) of a config, whose fields have no fields of their own: null removes one. */
function patched(config: object, patch: object): Record<string, unknown> {
  const fields = Object.entries({ ...config, ...patch });
  return Object.fromEntries(fields.filter(([, value]) => value !== null));
}

function answer(response: Call['response'], channel: ChannelRecord): void {
  sendChanged(response, channelVersion(channel), channel);
}
