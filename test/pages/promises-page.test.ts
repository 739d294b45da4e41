import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { titlesBelow, titlesOf } from '../support/titles';

const root = path.join(__dirname, '..', '..');
const page = 'docs/promises.md';
const titles = titlesBelow(root, 'test');

interface Row {
  /** The id, or what happens. */
  readonly name: string;
  readonly citations: readonly { readonly file: string; readonly title: string }[];
  /** Whether each part of the cell is a citation. */
  readonly isCited: boolean;
  readonly verdict: string;
}

/** The rows of every table, without their headings. */
function rowsOf(text: string): Row[] {
  return text.split('\n').flatMap((line, index, lines) => {
    const isHeading = lines[index + 1]?.startsWith('| ---');
    if (!line.startsWith('| ') || line.startsWith('| ---') || isHeading) return [];
    const [name = '', , shownBy = '', verdict = ''] = line.slice(2, -2).split(' | ');
    const parts = shownBy.split('<br>').map((part) => /^`([^`]+)` — `([^`]+)`$/.exec(part));
    const citations = parts.flatMap((part) => (part === null ? [] : [{ file: part[1] ?? '', title: part[2] ?? '' }]));
    const isCited = !parts.includes(null);
    return [{ name, citations, isCited, verdict }];
  });
}

const idsIn = (text: string): string[] => text.match(/\b[A-Z]\d{2}\b/g) ?? [];

const text = readFileSync(path.join(root, page), 'utf8');
const rows = rowsOf(text);
const promises = rows.filter(({ name }) => /^[A-Z]\d{2}$/.test(name));
const failures = rows.filter((row) => !promises.includes(row));

test('the page has a promise for every id, once, below the heading of its letter', () => {
  expect(failures.length).toBeGreaterThan(30);
  expect(promises.length).toBeGreaterThan(100);
  const ids = promises.map(({ name }) => name);
  const repeated = ids.filter((id, index) => ids.indexOf(id) !== index);
  const misplaced = text.split(/^## /m).flatMap((section) =>
    rowsOf(section)
      .map(({ name }) => name)
      .filter((id) => ids.includes(id) && !section.startsWith(`${id[0]}. `)),
  );
  expect(repeated.map((id) => `${id} has more than one row on ${page}: merge them`)).toEqual([]);
  expect(misplaced.map((id) => `${id} is not below the heading of its letter on ${page}: move it`)).toEqual([]);
});

test('every cited test exists in its file under exactly that title, and is not skipped', () => {
  const wrong = rows.flatMap(({ name, citations }) =>
    citations.flatMap(({ file, title }) => {
      const found = titles.filter((one) => one.file === file && one.title === title);
      if (found.length === 0)
        return `${name}: ${file} has no test titled “${title}”: cite the title as it is now, or restore the test`;
      if (found.every(({ skipped }) => skipped))
        return `${name}: “${title}” in ${file} is skipped: run it, or change the verdict and the citation`;
      return [];
    }),
  );
  expect(wrong).toEqual([]);
});

test('the title of every cited test names the id of the promise', () => {
  const wrong = promises.flatMap(({ name, citations }) =>
    citations
      .filter(({ title }) => !idsIn(title).includes(name))
      .map(({ file, title }) => `${name}: add (${name}) to “${title}” in ${file}, or cite a test that names it`),
  );
  expect(wrong).toEqual([]);
});

test('every id in the title of a test has its promise on the page', () => {
  const known = new Set(promises.map(({ name }) => name));
  const wrong = titles.flatMap(({ file, title }) =>
    idsIn(title)
      .filter((id) => !known.has(id))
      .map((id) => `${id} in “${title}” of ${file} is not on ${page}: add its row, or remove it from the title`),
  );
  expect(wrong).toEqual([]);
});

/** A link to a decision, such as `[reasons](decisions/etags.md)`, and nothing else. */
const linkToDecision = /^dropped: \[[^\]]+\]\((decisions\/[a-z0-9-]+\.md)\)$/;

test('every row says how far it is shown, and cites a test unless the promise is not kept or dropped', () => {
  const known = /^(proven|in part: .+|not kept: .+|dropped: .+)$/;
  const verdicts = promises.filter(({ verdict }) => !known.test(verdict));
  const uncited = rows.filter(({ isCited, verdict }) => !isCited && !/^(not kept|dropped): /.test(verdict));
  expect(
    verdicts.map(
      ({ name, verdict }) => `${name}: “${verdict}” is not “proven”, “in part: …”, “not kept: …” or “dropped: …”`,
    ),
  ).toEqual([]);
  expect(
    uncited.map(({ name }) => `${name}: cite each test as \`path\` — \`title\`, or say why it is not kept`),
  ).toEqual([]);
});

test('a dropped promise links to the decision that ended it, and cites no test', () => {
  const dropped = promises.filter(({ verdict }) => verdict.startsWith('dropped'));
  const wrong = dropped.filter(({ verdict, isCited }) => {
    const decision = linkToDecision.exec(verdict)?.[1];
    return isCited || decision === undefined || !existsSync(path.join(root, 'docs', decision));
  });
  expect(wrong.map(({ name, verdict }) => `${name}: “${verdict}” must link to a page in docs/decisions/`)).toEqual([]);
});

test.each([
  { what: 'a test', source: "test('one', () => {});", title: 'one', skipped: false },
  { what: 'a table', source: "test.each([1])('%s', () => {});", title: '%s', skipped: false },
  { what: 'a row', source: "test.each([{ name: 'one' }])('$name (A01)', f);", title: 'one (A01)', skipped: false },
  { what: 'a skipped test', source: "test.skip('one', f);", title: 'one', skipped: true },
  { what: 'a skipped table', source: "it.skip.each([1])('one', f);", title: 'one', skipped: true },
  { what: 'a planned test', source: "test.todo('one');", title: 'one', skipped: true },
  {
    what: 'a test in a skipped block',
    source: "describe.skip('a', () => test('one', f));",
    title: 'one',
    skipped: true,
  },
  { what: 'a test by the old word', source: "xit('one', f);", title: 'one', skipped: true },
  { what: 'a choice', source: "(can ? test : test.skip).each([1])('one', f);", title: 'one', skipped: false },
])('$what is recognised', ({ source, title, skipped }) => {
  expect(titlesOf('a.test.ts', source)).toContainEqual({ file: 'a.test.ts', title, skipped });
});

test('a comment, a string and a regular expression are not tests', () => {
  expect(titlesOf('a.test.ts', "// test('one', f);\nconst two = 'test(2)';\n/x/.test('three');")).toEqual([]);
});
