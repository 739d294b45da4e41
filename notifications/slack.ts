import { linesIn } from './lines';
import { cut, type Item, type Message } from './message';

// The limits of Block Kit (https://docs.slack.dev/reference/block-kit/blocks): 50 blocks; 150 characters in a header,
// 3000 in a section, 2000 in each of its ten fields.
const headerLength = 150;
const sectionLength = 3_000;
const fieldLength = 2_000;
const fieldsInSection = 10;

const marks = { alarm: '🔴', good: '🟢', info: '🔵' } as const;

/** The payload for a Slack incoming webhook. Slack shows `text` in its own notifications. */
export function slackPayload({ subject, tone, at, items }: Message): object {
  const [only] = items;
  const body = items.length === 1 && only !== undefined ? detailsOf(only) : listOf(items);
  return {
    text: escaped(subject),
    unfurl_links: false,
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: cut(`${marks[tone]} ${subject}`, headerLength) } },
      ...body,
      { type: 'context', elements: [markdown(`Reported at ${at.toISOString()}`)] },
    ],
  };
}

function detailsOf({ line, facts, links }: Item): object[] {
  if (facts.length === 0) return [{ type: 'section', text: markdown(escaped(line)) }];
  const fields = facts
    .slice(0, fieldsInSection)
    .map(([label, value]) => markdown(cutEscaped(`*${label}*\n`, value, fieldLength)));
  const further = links.map(({ label, url }) => `<${escaped(url)}|${escaped(label)}>`).join('  ');
  return [
    { type: 'section', fields },
    { type: 'section', text: markdown(further) },
  ];
}

function listOf(items: readonly Item[]): object[] {
  // Escaping turns one character into up to five.
  const texts = linesIn(
    sectionLength / 5,
    items.map(({ line }) => `• ${line}`),
  );
  return texts.map((text) => ({ type: 'section', text: markdown(escaped(text)) }));
}

function markdown(text: string): object {
  return { type: 'mrkdwn', text };
}

function cutEscaped(label: string, value: string, length: number): string {
  let shown = value;
  while (label.length + escaped(shown).length > length) shown = cut(shown, shown.length - 1);
  return label + escaped(shown);
}

/**
 * Escapes the characters that Slack interprets (https://docs.slack.dev/messaging/formatting-message-text, "Escaping
 * text"): otherwise a name could notify everyone.
 */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
