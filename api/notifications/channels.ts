import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { DatabaseError } from '../../domain/errors';
import { signingSecretBytes, signingSecretText } from '../../domain/notifications/channels';
import { type ChannelRecord, channelVersion } from '../../store/notifications/channels';
import type { ApiDependencies } from '../dependencies';
import { authorOf } from '../http/author';
import { neverStored } from '../http/caching';
import { etagOf, ifMatchOf, sendChanged, sendResource } from '../http/etag';
import { idParams, pageQuery, pageRequestOf } from '../http/query';
import { type Call, type Route, route } from '../http/route';
import { pageSchemaOf } from '../http/schemas';
import {
  channelPatchSchema,
  channelSchema,
  channelWithSecretSchema,
  newChannelSchema,
  rotateSecretSchema,
} from './schemas';
import { channelConfigOf, refuseTarget } from './targets';

const tag = 'notifications';
const path = '/v1/notification-channels';
const one = { description: 'The channel', schema: channelSchema };
const oneWithSecret = { description: 'The channel, with its generated secret if any', schema: channelWithSecretSchema };

/** Channels: the recipients of notifications, and how to reach them. */
export function channelRoutes({ store, runs, allowedTargets }: ApiDependencies): Route[] {
  return [
    route({
      method: 'post',
      path,
      permission: 'channel:update',
      action: 'channel.create',
      tag,
      summary: 'Create a channel',
      answers: { 201: oneWithSecret },
      problems: ['name_in_use'],
      body: newChannelSchema,
      async handle({ principal: { tenantId }, body, request, response }) {
        refuseTarget(body.config, allowedTargets);
        const generated = body.kind === 'webhook' && body.config.secret === undefined ? newSigningSecret() : null;
        const config = generated === null ? body.config : { ...body.config, secret: generated };
        const channel = await store.channels.create(tenantId, { ...body, config }, authorOf(request));
        response.status(201).set('Location', `${path}/${channel.id}`);
        answerWithSecret(response, channel, generated);
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
      answers: { 200: oneWithSecret },
      problems: ['not_found', 'state_conflict', 'secret_unreadable'],
      params: idParams,
      body: rotateSecretSchema,
      async handle({ principal: { tenantId }, params: { id }, body, request, response }) {
        const { secret = newSigningSecret(), overlapSeconds } = body;
        const [ifMatch, author] = [ifMatchOf(request), authorOf(request)];
        const channel = await store.channels.rotate(tenantId, id, { secret, overlapSeconds }, ifMatch, author);
        answerWithSecret(response, channel, body.secret === undefined ? secret : null);
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

/** Applies a merge patch (RFC 7396) to a config, which is flat: null removes a field. */
function patched(config: object, patch: object): Record<string, unknown> {
  const fields = Object.entries({ ...config, ...patch });
  return Object.fromEntries(fields.filter(([, value]) => value !== null));
}

function newSigningSecret(): string {
  return signingSecretText(randomBytes(signingSecretBytes));
}

function answer(response: Call['response'], channel: ChannelRecord): void {
  sendChanged(response, channelVersion(channel), channel);
}

/** Answers with the signing secret if it was generated; no other response shows it. The ETag does not cover it. */
function answerWithSecret(response: Call['response'], channel: ChannelRecord, generated: string | null): void {
  if (generated === null) return answer(response, channel);
  const ETag = etagOf(channelVersion(channel), channel);
  response.set({ ETag, 'Cache-Control': neverStored }).json({ ...channel, secret: generated });
}
