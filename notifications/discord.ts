import { linesIn } from './lines';
import { cut, type Item, type Message } from './message';

// Discord's limits (https://discord.com/developers/docs/resources/message, "Embed limits"): 10 embeds with 6000
// characters in all; 256 in a title, 4096 in a description; 25 fields with 256 in a name and 1024 in a value.
const titleLength = 256;
const descriptionLength = 4_096;
// Below the 1024 allowed, so that all fields together stay below the total.
const valueLength = 500;

const colours = { alarm: 0xd92d20, good: 0x079455, info: 0x475467 } as const;

/** The payload for a Discord webhook. Mentions are disabled, so that names in it notify nobody. */
export function discordPayload({ subject, tone, at, items }: Message): object {
  const [only] = items;
  const look = { color: colours[tone], timestamp: at.toISOString() };
  const title = cut(subject, titleLength);
  const embeds =
    items.length === 1 && only !== undefined
      ? [{ title, ...look, ...detailsOf(only) }]
      : listOf(items).map((part, index) => ({ ...(index === 0 ? { title } : {}), ...look, ...part }));
  return { allowed_mentions: { parse: [] }, embeds };
}

function detailsOf({ line, facts, links }: Item): object {
  if (facts.length === 0) return { description: escaped(line) };
  const fields = facts.map(([name, value]) => ({
    name,
    value: cut(escaped(value), valueLength),
    inline: value.length < 40,
  }));
  return { description: links.map(({ label, url }) => `[${label}](${url})`).join(' · '), fields };
}

function listOf(items: readonly Item[]): object[] {
  const lines = items.map(({ line }) => `- ${escaped(line)}`);
  return linesIn(descriptionLength, lines).map((description) => ({ description }));
}

/** Escapes Markdown, which would change how the text is shown. */
function escaped(text: string): string {
  return text.replace(/[\\*_~`|[\]]/g, (mark) => `\\${mark}`);
}
