import type { Item, Message } from './message';

/** A message in plain text: a single entry with all its facts, or several with a line each. */
export function textOf({ subject, at, items }: Message): string {
  const [only] = items;
  const parts = items.length === 1 && only !== undefined ? [detailsOf(only)] : items.map(listedOf);
  return `${[subject, '', ...parts, '', `Reported at ${at.toISOString()}.`].join('\n')}\n`;
}

function detailsOf({ line, facts, links }: Item): string {
  const known = facts.map(([label, value]) => `${label}: ${value}`);
  const further = links.map(({ label, url }) => `${label}: ${url}`);
  if (known.length === 0) return line;
  return [...known, '', ...further].join('\n').trimEnd();
}

function listedOf({ line, links }: Item): string {
  const [first] = links;
  return first === undefined ? `- ${line}` : `- ${line}\n  ${first.url}`;
}
