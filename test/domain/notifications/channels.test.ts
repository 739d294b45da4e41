import {
  channelConfigSchemas,
  channelKinds,
  secretFields,
  signingSecretSchema,
  signingSecretText,
  tlsModes,
} from '../../../domain/notifications/channels';

const { smtp, slack, webhook } = channelConfigSchemas;
const mail = { host: 'mail.example.com', from: 'slipway@example.com', recipients: ['ops@example.com'] };
const isMail = (changes: object) => smtp.safeParse({ ...mail, ...changes }).success;

test('kinds, TLS modes and secret fields are those that the API documents', () => {
  expect(channelKinds).toEqual(['webhook', 'slack', 'discord', 'smtp']);
  expect(tlsModes).toEqual(['starttls', 'tls', 'none']);
  expect(secretFields).toEqual({ webhook: ['secret'], slack: ['url'], discord: ['url'], smtp: ['password'] });
});

test('mail is sent by STARTTLS on port 587, without a login, unless configured', () => {
  expect(smtp.parse(mail)).toEqual({ ...mail, port: 587, tls: 'starttls', user: null, password: null });
});

test.each([
  { field: 'port', valid: [1, 25, 65_535], invalid: [0, 65_536, 1.5] },
  { field: 'host', valid: ['m', `${'a'.repeat(253)}`], invalid: ['', 'a'.repeat(254), '-a', 'a-', 'a b'] },
  { field: 'tls', valid: [...tlsModes], invalid: ['', 'ssl'] },
  { field: 'from', valid: [addressOf(254), 'a@b.example'], invalid: [addressOf(255), 'ops'] },
  {
    field: 'recipients',
    valid: [listOf(1), listOf(2), listOf(50)],
    invalid: [[], listOf(51), ['ops']],
  },
])('$field takes what it can use, and no more', ({ field, valid, invalid }) => {
  expect(valid.filter((value) => !isMail({ [field]: value }))).toEqual([]);
  expect(invalid.filter((value) => isMail({ [field]: value }))).toEqual([]);
});

test('a login has a user and a password of at most 256 characters each, or neither', () => {
  const long = 'x'.repeat(256);
  const isLogin = (user: string | null, password: string | null) => isMail({ user, password });
  expect(isLogin('me', 'secret')).toBe(true);
  expect(isLogin(long, long)).toBe(true);
  expect(isLogin(null, null)).toBe(true);
  const wrong = [
    ['', 'secret'],
    ['me', ''],
    [`${long}x`, 'secret'],
    ['me', `${long}x`],
    ['m\ne', 'secret'],
  ] as const;
  for (const [user, password] of wrong) expect(isLogin(user, password)).toBe(false);
  for (const [user, password] of [
    ['me', null],
    [null, 'secret'],
  ] as const) {
    expect(smtp.safeParse({ ...mail, user, password }).error?.issues).toEqual([
      expect.objectContaining({ path: ['password'], message: 'expected user and password, or neither' }),
    ]);
  }
});

test('a URL is one that can be parsed, of at most 2048 characters', () => {
  const isUrl = (url: string) => slack.safeParse({ url }).success;
  const long = 'https://example.com/'.padEnd(2_048, 'x');
  expect([isUrl('https://example.com/hooks'), isUrl('http://10.0.0.1:80/'), isUrl(long)]).toEqual([true, true, true]);
  for (const url of [`${long}x`, 'https://', 'https://a:b:c', 'ftp://example.com', 'https://example.com/a b']) {
    expect(isUrl(url)).toBe(false);
  }
});

test('a signing secret has 24 to 64 bytes', () => {
  const secretOf = (count: number) => signingSecretText(Buffer.alloc(count, 7));
  expect(secretOf(3)).toBe('whsec_BwcH');
  const isSecret = (count: number) => signingSecretSchema.safeParse(secretOf(count)).success;
  expect([23, 24, 25, 63, 64, 65, 66].map(isSecret)).toEqual([false, true, true, true, true, false, false]);
  expect(webhook.safeParse({ url: 'https://example.com', secret: secretOf(32) }).success).toBe(true);
});

/** A valid address of so many characters, whose labels have at most 63. */
function addressOf(length: number): string {
  const domain = `${'d'.repeat(60)}.`.repeat(3);
  return `${'a'.repeat(length - 1 - domain.length - 'example'.length)}@${domain}example`;
}

function listOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `ops${index}@example.com`);
}
