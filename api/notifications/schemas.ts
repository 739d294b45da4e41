import { z } from 'zod';
import { defaultOverlapSeconds, maxOverlapSeconds } from '../../domain/access/keys';
import { idSchema, shortNameSchema } from '../../domain/ids';
import { channelConfigSchemas, channelKinds, signingSecretSchema } from '../../domain/notifications/channels';
import { boundNoticeTypes, noticeTypes } from '../../domain/notifications/notices';
import { at, atOrNull, errorCode } from '../http/schemas';

// Requests and responses about notifications.

/** The notices that a binding lists in `alsoOn`: all but down and recovered. */
export const otherNotices = boundNoticeTypes.filter(
  (type) => !type.startsWith('database.down') && type !== 'database.recovered',
);

const newChannelFields = {
  name: shortNameSchema,
  enabled: z.boolean().default(true),
  onOrphanFound: z.boolean().default(true),
  /** Binds the channel to all existing databases. A future database is bound to every channel enabled at that time. */
  bindToAll: z.boolean().default(true),
};

/** If the secret is omitted, one is generated. */
const newWebhookConfigSchema = channelConfigSchemas.webhook.partial({ secret: true });

export const newChannelSchema = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('webhook'), config: newWebhookConfigSchema, ...newChannelFields }),
    z.strictObject({ kind: z.literal('slack'), config: channelConfigSchemas.slack, ...newChannelFields }),
    z.strictObject({ kind: z.literal('discord'), config: channelConfigSchemas.discord, ...newChannelFields }),
    z.strictObject({ kind: z.literal('smtp'), config: channelConfigSchemas.smtp, ...newChannelFields }),
  ],
  { error: `expected one of ${channelKinds.join(', ')}` },
);

/** Omitted fields of `config`, including secrets, keep their values. */
export const channelPatchSchema = z.strictObject({
  name: shortNameSchema.optional(),
  enabled: z.boolean().optional(),
  onOrphanFound: z.boolean().optional(),
  config: z.looseObject({}).optional(),
});

export const rotateSecretSchema = z.strictObject({
  secret: signingSecretSchema.optional(),
  overlapSeconds: z.int().min(0).max(maxOverlapSeconds).default(defaultOverlapSeconds),
});

const channelFields = {
  id: idSchema,
  name: z.string(),
  kind: z.enum(channelKinds),
  config: z.looseObject({}).meta({ description: 'The configuration as given, without its secrets.' }),
  enabled: z.boolean(),
  onOrphanFound: z.boolean(),
  lastNotifiedAt: atOrNull.meta({ description: 'When a message was last delivered.' }),
  createdAt: at,
  updatedAt: at,
};

export const channelSchema = z
  .strictObject(channelFields)
  .meta({ id: 'NotificationChannel', description: 'A recipient of notifications.' });

export const channelWithSecretSchema = z
  .strictObject({
    ...channelFields,
    secret: z.string().optional().meta({
      description: 'The signing secret, shown once; absent if the request gave one or the channel signs nothing.',
    }),
  })
  .meta({ id: 'NotificationChannelWithSecret', description: 'A channel with its generated signing secret, if any.' });

export const deliverySchema = z
  .strictObject({
    id: idSchema.meta({ description: 'The id of the message, the same on every attempt.' }),
    type: z.enum(noticeTypes),
    state: z.enum(['pending', 'sending', 'delivered', 'failed']),
    attempts: z.int().min(0),
    error: z.strictObject({ code: errorCode, message: z.string() }).nullable(),
    nextAttemptAt: atOrNull,
    sentAt: atOrNull,
    createdAt: at,
    notices: z.array(z.strictObject({ databaseId: idSchema.nullable(), operationId: idSchema.nullable(), at })),
  })
  .meta({ id: 'NotificationDelivery', description: 'A message to a channel, and the state of its delivery.' });

const bindingFields = {
  channelId: idSchema,
  onDown: z.boolean(),
  onRecovered: z.boolean(),
  /** The other notices that the channel receives. */
  alsoOn: z.array(z.enum(otherNotices)),
  enabled: z.boolean(),
};

export const newBindingsSchema = z.strictObject({
  items: z
    .array(
      z.strictObject({
        ...bindingFields,
        onDown: bindingFields.onDown.default(true),
        onRecovered: bindingFields.onRecovered.default(true),
        alsoOn: bindingFields.alsoOn.default([]),
        enabled: bindingFields.enabled.default(true),
      }),
    )
    .max(200),
});

export const bindingsSchema = z
  .strictObject({
    items: z.array(z.strictObject({ ...bindingFields, lastNotifiedAt: atOrNull })),
  })
  .meta({ id: 'NotificationBindings', description: 'Which channels receive which notifications about a database.' });
