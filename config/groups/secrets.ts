import { z } from 'zod';
import { group } from '../group';
import { setting } from '../setting';

const keyForm = 'expected 32 random bytes in base64 (openssl rand -base64 32)';

export const secrets = group('Secrets', {
  secretKey: setting('SLIPWAY_SECRET_KEY', {
    schema: z
      .string({ error: keyForm })
      .transform((text) => Buffer.from(text.trim(), 'base64'))
      .refine((key) => key.length === 32, keyForm),
    description:
      'Encrypts passwords at rest: 32 random bytes in base64 (`openssl rand -base64 32`). API and workers must have the same key. If it is lost, no stored password can be read.',
    isSecret: true,
  }),
  formerSecretKeys: setting('SLIPWAY_FORMER_SECRET_KEYS', {
    schema: z
      .string()
      .transform((text) => text.split(',').map((key) => Buffer.from(key.trim(), 'base64')))
      .refine((keys) => keys.every((key) => key.length === 32), `of each key, separated by commas: ${keyForm}`)
      .default([]),
    description:
      'Previous secret keys, separated by commas. They only decrypt. After `secrets reencrypt` they are no longer needed.',
    isSecret: true,
  }),
});
