import { randomBytes } from 'node:crypto';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { signingSecretBytes, signingSecretSchema, signingSecretText } from '../../domain/notifications/channels';
import { signedHeaders } from '../../notifications/signature';

const newSecret = (bytes = 32) => `whsec_${randomBytes(bytes).toString('base64')}`;
const [current, former] = [newSecret(), newSecret()];
const message = { id: 'msgmsgmsgmsg', sentAt: new Date(), body: '{"type":"database.down","name":"données"}' };

test('the published library takes what we sign, and gives the body', () => {
  expect(new Webhook(current).verify(message.body, signedHeaders(message, [current]))).toEqual(
    JSON.parse(message.body),
  );
});

test('a secret that we generate is one, also to the published library', () => {
  const secret = signingSecretText(randomBytes(signingSecretBytes));
  expect(signingSecretSchema.parse(secret)).toBe(secret);
  expect(() => new Webhook(secret).verify(message.body, signedHeaders(message, [secret]))).not.toThrow();
});

test('while secrets change, a receiver may have either', () => {
  const headers = signedHeaders(message, [current, former]);
  for (const secret of [current, former]) expect(() => new Webhook(secret).verify(message.body, headers)).not.toThrow();
});

test.each([
  ['another secret', () => new Webhook(newSecret()).verify(message.body, signedHeaders(message, [current, former]))],
  ['another body', () => new Webhook(current).verify(`${message.body} `, signedHeaders(message, [current]))],
  [
    'another id',
    () => new Webhook(current).verify(message.body, { ...signedHeaders(message, [current]), 'webhook-id': 'another' }),
  ],
  [
    'a message that was kept to be sent again later',
    () =>
      new Webhook(current).verify(
        message.body,
        signedHeaders({ ...message, sentAt: new Date(Date.now() - 6 * 60_000) }, [current]),
      ),
  ],
])('the library refuses %s', (_what, verify) => {
  expect(verify).toThrow(WebhookVerificationError);
});

test.each([
  [newSecret(24), true],
  [newSecret(64), true],
  [newSecret(23), false],
  [newSecret(65), false],
  ['whsec_short', false],
  [randomBytes(32).toString('base64'), false],
  [`whsec_${'*'.repeat(44)}`, false],
])('a secret %s is one: %s', (secret, isOne) => {
  expect(signingSecretSchema.safeParse(secret).success).toBe(isOne);
});
