import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { arrows } from '../support/arrows';
import { root } from '../support/import-graph';

const read = (...names: string[]): string => readFileSync(path.join(root, ...names), 'utf8');
const page = read('docs', 'layout.md');

/** Texts in backticks, in order. */
const quoted = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? '');

/** Every folder at the root that is written by hand, but for the pages themselves. */
const folders = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
  .map(({ name }) => name)
  .filter((name) => !['dist', 'docs', 'node_modules'].includes(name));

test('every folder has a paragraph on the page', () => {
  const described = [...page.matchAll(/^\*\*`([a-z]+)\/`\*\*/gm)].map(([, name]) => name ?? '');
  expect(described.sort()).toEqual(folders.sort());
});

test.each(folders)('%s has a README of twelve lines at most, and what it names is there', (folder) => {
  const readme = read(folder, 'README.md');
  expect(readme.trim().split('\n').length).toBeLessThanOrEqual(12);
  expect(readme).toMatch(new RegExp(`^# ${folder}: `));
  expect(quoted(readme).filter((name) => isPath(name) && !isThere(name, folder))).toEqual([]);
});

test('the table of imports is the one that the code is held to', () => {
  const [, section = ''] = page.split('## Which folder may import which\n');
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  const documented = rows.map((row) => {
    const [, folder = '', allowed = ''] = row.split('|');
    return [quoted(folder)[0], quoted(allowed)] as const;
  });
  expect(Object.fromEntries(documented)).toEqual(arrows);
});

const pages = ['docs/layout.md', 'docs/how-an-operation-works.md', 'docs/extending.md', ...decisions()];

function decisions(): string[] {
  return readdirSync(path.join(root, 'docs', 'decisions')).map((name) => `docs/decisions/${name}`);
}

test.each(pages)('%s names only files and links that exist', (name) => {
  const text = read(name);
  const missing = text.split('\n\n').flatMap((paragraph) => {
    // A folder's paragraph names what is in it as its README does.
    const folder = /^\*\*`([a-z]+)\/`\*\*/.exec(paragraph)?.[1] ?? '';
    return quoted(paragraph).filter((one) => isPath(one) && !isThere(one, folder));
  });
  expect(missing).toEqual([]);
  const links = [...text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, link]) => link ?? '');
  const local = links.filter((link) => !link.startsWith('https://'));
  expect(local.filter((link) => !existsSync(path.join(root, path.dirname(name), link)))).toEqual([]);
});

test('every decision has its sections, and a row in the index with its title', () => {
  const index = read('docs', 'decisions', 'README.md');
  const rows = [...index.matchAll(/^- \[(.+)\]\((.+)\)$/gm)].map(([, title, file]) => [
    `docs/decisions/${file}`,
    title,
  ]);
  const titles = decisions()
    .filter((name) => !name.endsWith('README.md'))
    .map((name) => {
      const text = read(name);
      expect({ name, sections: text.match(/^## .+$/gm) }).toEqual({
        name,
        sections: ['## Decision', '## Why', '## What was rejected'],
      });
      return [name, /^# (.+)$/m.exec(text)?.[1]];
    });
  expect(titles.length).toBeGreaterThan(30);
  expect(rows.sort()).toEqual(titles.sort());
});

/** `store/store.ts`, `docker/` or `backend.ts`, and no route, command or pattern. */
function isPath(name: string): boolean {
  return /^[\w.-][\w./-]*$/.test(name) && (name.endsWith('/') || /\.(ts|cjs|sql|md|json|yaml|prisma|sh)$/.test(name));
}

/** In any of these folders, or at the root. Generated files are there after the first command. */
function isThere(name: string, ...bases: string[]): boolean {
  return ['', ...bases].some((base) => existsSync(path.join(root, base, name)));
}
