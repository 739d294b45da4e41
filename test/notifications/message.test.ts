import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { noticeTypes } from '../../domain/notifications/notices';
import { discordPayload } from '../../notifications/discord';
import { htmlOf } from '../../notifications/html';
import type { Message } from '../../notifications/message';
import { slackPayload } from '../../notifications/slack';
import { textOf } from '../../notifications/text';
import { webhookPayload } from '../../notifications/webhook';
import { downTogether, examples, message, noticeOf } from './messages';

const pretty = (payload: object) => `${JSON.stringify(payload, null, 2)}\n`;

/** Each form that a channel gives a message, and the file that shows it. */
const forms: Readonly<Record<string, (message: Message) => string>> = {
  'mail.txt': textOf,
  'mail.html': htmlOf,
  'slack.json': (one) => pretty(slackPayload(one)),
  'discord.json': (one) => pretty(discordPayload(one)),
  'webhook.json': (one) => pretty(webhookPayload(one)),
};

const golden: Readonly<Record<string, Message>> = {
  down: message(examples['database.down']),
  'down-together': message(...downTogether(3)),
  test: message(),
};

/** Compares with a golden file; with UPDATE_GOLDEN=1 makes it anew. */
function expectGolden(name: string, text: string): void {
  const file = path.join(__dirname, 'golden', name);
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file, text);
  expect(text).toBe(readFileSync(file, 'utf8'));
}

describe.each(Object.entries(golden))('%s', (name, one) => {
  test.each(Object.entries(forms))('as %s (E22)', (file, formOf) => {
    expectGolden(`${name}.${file}`, formOf(one));
  });
});

test('every kind of notice says what, which and where to look (E22)', () => {
  const texts = noticeTypes.map((type) => textOf(message(examples[type])));
  expectGolden('all.mail.txt', texts.join('\n---\n\n'));
});

test.each([[''], ['   '], [undefined]])('where the name is %j, the id stands for it (E22)', (databaseName) => {
  const one = message(noticeOf('database.down', { databaseName }));
  expect(one.subject).toBe('[Slipway] orders234567 is down');
  expect(textOf(one)).toContain('Database: orders234567\n');
});

test('what is not as it should be is left out, and the rest said', () => {
  const one = message(noticeOf('database.down', { databaseName: 7, failures: 'many', error: 'bad', address: null }));
  expect(one.subject).toBe('[Slipway] orders234567 is down');
  expect(message(noticeOf('database.down', null as unknown as object)).items).toHaveLength(1);
});

const anyText = fc.string({ unit: 'grapheme-composite', maxLength: 5_000 });

test('no text ends a line of the subject, or makes it too long (E22)', () => {
  fc.assert(
    fc.property(fc.oneof(anyText, fc.string({ unit: 'binary' })), (databaseName) => {
      const { subject } = message(noticeOf('database.down', { databaseName: `a\r\nBcc: x@y.z${databaseName}` }));
      expect(subject).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
      expect(subject.length).toBeLessThanOrEqual(150);
    }),
  );
});

const anyNotices = fc
  .array(fc.record({ databaseName: anyText, message: anyText, engine: anyText }), { minLength: 1, maxLength: 50 })
  .map((all) =>
    all.map(({ databaseName, message: reason, engine }) =>
      noticeOf('database.down', {
        databaseName,
        engine: { name: engine, version: engine },
        address: { host: engine, port: 1 },
        error: { message: reason },
        failures: 3,
      }),
    ),
  );

test('Slack takes whatever is said: Block Kit’s limits are kept, and nobody is called', () => {
  fc.assert(
    fc.property(anyNotices, (notices) => {
      const { text, blocks } = slackPayload(message(...notices)) as { text: string; blocks: any[] };
      expect(text.length).toBeLessThanOrEqual(4_000);
      expect(blocks.length).toBeLessThanOrEqual(50);
      for (const block of blocks) {
        if (block.type === 'header') expect(block.text.text.length).toBeLessThanOrEqual(150);
        if (block.type !== 'section') continue;
        expect((block.fields ?? []).length).toBeLessThanOrEqual(10);
        if (block.text !== undefined) expect(block.text.text.length).toBeLessThanOrEqual(3_000);
        if (block.text !== undefined) expect(block.text.text.length).toBeGreaterThan(0);
        for (const field of block.fields ?? []) expect(field.text.length).toBeLessThanOrEqual(2_000);
        for (const field of block.fields ?? []) expect(field.text).not.toMatch(/<[!@#]/);
      }
    }),
    { numRuns: 50 },
  );
});

test('Discord takes whatever is said: the limits of embeds are kept, and nobody is called', () => {
  fc.assert(
    fc.property(anyNotices, (notices) => {
      const payload = discordPayload(message(...notices)) as { allowed_mentions: object; embeds: any[] };
      expect(payload.allowed_mentions).toEqual({ parse: [] });
      expect(payload.embeds.length).toBeLessThanOrEqual(10);
      let characters = 0;
      for (const { title = '', description = '', fields = [] } of payload.embeds) {
        expect(title.length).toBeLessThanOrEqual(256);
        expect(description.length).toBeLessThanOrEqual(4_096);
        expect(fields.length).toBeLessThanOrEqual(25);
        for (const { name, value } of fields) {
          expect(name.length).toBeGreaterThan(0);
          expect(value.length).toBeGreaterThan(0);
          expect(value.length).toBeLessThanOrEqual(1_024);
          characters += name.length + value.length;
        }
        characters += title.length + description.length;
      }
      expect(characters).toBeLessThanOrEqual(6_000);
    }),
    { numRuns: 50 },
  );
});

test('a lost host is one message that lists all that is down with it', () => {
  const text = textOf(message(...downTogether(50)));
  expect(text).toContain('50 databases are down');
  for (const { data } of downTogether(50)) expect(text).toContain((data as { databaseName: string }).databaseName);
});
