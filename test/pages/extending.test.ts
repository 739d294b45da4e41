import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { type Addition, filesWithErrors } from '../support/compiler';
import { root } from '../support/import-graph';

/** A row of a list: a file or folder, what it must mention, and what reminds of it. */
interface Place {
  readonly file: string;
  readonly mention: string;
  readonly reminder: string;
}

const page = readFileSync(path.join(root, 'docs', 'extending.md'), 'utf8');

const lists = page
  .split('\n## ')
  .slice(1)
  .map((section) => {
    const [title = ''] = section.split('\n');
    const example = /^Example: `(.+)`$/m.exec(section)?.[1] ?? '';
    return { title, example, places: placesIn(section, example) };
  });

function placesIn(section: string, example: string): Place[] {
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  return rows.map((row) => {
    const [, place = '', , reminder = ''] = row.split('|');
    const [file = '', mention = example] = [...place.matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? '');
    return { file, mention, reminder: reminder.trim() };
  });
}

/** The text of a file, or of all files below a folder; empty where there is nothing. */
function textOf(file: string): string {
  const place = path.join(root, file);
  if (!existsSync(place)) return '';
  if (statSync(place).isFile()) return readFileSync(place, 'utf8');
  return readdirSync(place)
    .map((name) => textOf(path.join(file, name)))
    .join('\n');
}

test('there is a list for each thing to add, with its example', () => {
  expect(lists.map(({ title }) => title)).toEqual([
    'An operation that changes the specification',
    'A step',
    'A resource without a run',
    'A resource with a run',
    'A setting',
    'A kind of notification channel',
    'A migration',
  ]);
  expect(lists.filter(({ example, places }) => example === '' || places.length < 3)).toEqual([]);
});

test.each(lists)('$title: every place is there and mentions $example', ({ places }) => {
  const missing = places.filter(({ file, mention }) => !textOf(file).toLowerCase().includes(mention.toLowerCase()));
  expect(missing).toEqual([]);
});

/** The first place of the lists, for one more of each; of operations, one with only the first and one with the second too. */
const additions: readonly Addition[] = [
  {
    file: 'domain/operations/kinds.ts',
    before: '  resize: {',
    line: "  first: { ...change, from: ['available'], to: 'former' },",
  },
  {
    file: 'domain/operations/kinds.ts',
    before: '  resize: {',
    line: "  second: { ...change, from: ['available'], to: 'former' },",
  },
  {
    file: 'domain/operations/operations.ts',
    before: '  resize: operation({',
    line: "  second: powering('second', { change: powered('running'), summary: 'Second' }),",
  },
  { file: 'domain/planning/steps.ts', before: '  pauseServer: ', line: '  freshenServer: Named;' },
  {
    file: 'containers/backend.ts',
    before: '  pauseContainer(',
    line: '  freshenContainer(name: string): Promise<void>;',
  },
  {
    file: 'domain/errors.ts',
    before: '  quota_exceeded: {',
    line: "  stale: { status: 409, title: 'It is stale', retry: 'never' },",
  },
];

test('the compiler reports every place of which the page says so', () => {
  const places = lists.flatMap((list) => list.places.filter(({ reminder }) => reminder === 'the compiler'));
  expect(places.length).toBeGreaterThan(10);
  const files = [...new Set(places.map(({ file }) => file))];
  expect(filesWithErrors(files, additions)).toEqual(files);
}, 600_000);
