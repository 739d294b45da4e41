import type { Item, Message } from './message';

const colours = { alarm: '#b42318', good: '#067647', info: '#344054' } as const;

/** The HTML version of the plain text, for mail: no images, no external styles, no scripts. */
export function htmlOf({ subject, tone, at, items }: Message): string {
  const [only] = items;
  const body = items.length === 1 && only !== undefined ? detailsOf(only) : listOf(items);
  return [
    '<!doctype html>',
    '<html><body style="font-family: sans-serif; color: #101828">',
    `<h2 style="color: ${colours[tone]}">${escaped(subject)}</h2>`,
    body,
    `<p style="color: #667085">Reported at ${at.toISOString()}.</p>`,
    '</body></html>',
    '',
  ].join('\n');
}

function detailsOf({ line, facts, links }: Item): string {
  if (facts.length === 0) return `<p>${escaped(line)}</p>`;
  const rows = facts.map(
    ([label, value]) => `<tr><th align="left" valign="top">${escaped(label)}</th><td>${escaped(value)}</td></tr>`,
  );
  return ['<table cellpadding="4">', ...rows, '</table>', `<p>${linked(links)}</p>`].join('\n');
}

function listOf(items: readonly Item[]): string {
  const rows = items.map(({ line, links }) => `<li>${escaped(line)} ${linked(links.slice(0, 1))}</li>`);
  return ['<ul>', ...rows, '</ul>'].join('\n');
}

function linked(links: Item['links']): string {
  return links.map(({ label, url }) => `<a href="${escaped(url)}">${escaped(label)}</a>`).join(' ');
}

function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
