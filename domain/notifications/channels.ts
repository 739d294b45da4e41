import { z } from 'zod';

export const channelKinds = ['webhook', 'slack', 'discord', 'smtp'] as const;
export type ChannelKind = (typeof channelKinds)[number];

/** TLS to a mail server: from the STARTTLS command on, from the first byte on, or none. */
export const tlsModes = ['starttls', 'tls', 'none'] as const;

const address = z.email('expected an address such as ops@example.com').max(254);

/** Checks the form only: the text does not show whether the address is allowed. */
const url = z
  .string()
  .max(2_048)
  .regex(/^https?:\/\/[\x21-\x5b\x5d-\x7e]+$/, 'expected a URL such as https://example.com/hooks, in ASCII')
  .refine((text) => URL.canParse(text), 'expected a URL such as https://example.com/hooks');

/** `whsec_` and 24 to 64 bytes in base64 (Standard Webhooks, "Signature scheme"). */
export const signingSecretSchema = z
  .string()
  .regex(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/, 'expected whsec_ and 24 to 64 random bytes in base64')
  .refine((text) => {
    const bytes = Buffer.from(text.slice('whsec_'.length), 'base64').length;
    return bytes >= 24 && bytes <= 64;
  }, 'expected whsec_ and 24 to 64 random bytes in base64');

/** Random bytes in a generated secret: as many as the digest of a signature has. */
export const signingSecretBytes = 32;

/** A signing secret in the form that its recipient uses. */
export function signingSecretText(bytes: Uint8Array): string {
  return `whsec_${Buffer.from(bytes).toString('base64')}`;
}

const hostName = z
  .string()
  .max(253)
  .regex(/^[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?$/, 'expected a host name or an address');

const text = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[^\p{Cc}]*$/u, 'expected no control characters');

/** The configuration of each kind of channel, secrets included. */
export const channelConfigSchemas = {
  webhook: z.strictObject({ url, secret: signingSecretSchema }),
  slack: z.strictObject({ url }),
  discord: z.strictObject({ url }),
  smtp: z
    .strictObject({
      host: hostName,
      port: z.int().min(1).max(65_535).default(587),
      tls: z.enum(tlsModes).default('starttls'),
      user: text.nullable().default(null),
      password: z.string().min(1).max(256).nullable().default(null),
      from: address,
      recipients: z.array(address).min(1).max(50),
    })
    .refine(({ user, password }) => (user === null) === (password === null), {
      path: ['password'],
      error: 'expected user and password, or neither',
    }),
} as const satisfies Readonly<Record<ChannelKind, z.ZodType>>;

/**
 * The fields that are encrypted at rest and never returned. Anyone who has the URL of a Slack or Discord webhook can
 * post there.
 */
export const secretFields = {
  webhook: ['secret'],
  slack: ['url'],
  discord: ['url'],
  smtp: ['password'],
} as const satisfies Readonly<Record<ChannelKind, readonly string[]>>;

export type SmtpConfig = z.output<typeof channelConfigSchemas.smtp>;

/** The recipient of a message, with the credentials for it. */
export type Receiver =
  | {
      readonly kind: 'webhook';
      readonly url: string;
      /** The current secret first; the previous one also signs while both are valid. */
      readonly secrets: readonly string[];
    }
  | { readonly kind: 'slack' | 'discord'; readonly url: string }
  | ({ readonly kind: 'smtp' } & SmtpConfig);
