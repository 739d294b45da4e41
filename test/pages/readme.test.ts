import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describedRoutes } from '../../api/openapi/described';
import { knownSettings } from '../../config/reference';
import { configurationPage } from '../../dev/build/configuration-page';

const root = path.join(__dirname, '..', '..');
const readme = readFileSync(path.join(root, 'README.md'), 'utf8');

/** What stands in backticks and has the form of a variable. */
const variablesIn = (text: string): string[] => [...text.matchAll(/`([A-Z][A-Z_]+)`/g)].map(([, name]) => name ?? '');

test('the README names only settings that exist, each with its default', () => {
  const settings = new Map(knownSettings().map((setting) => [setting.name, setting]));
  const [, table = ''] = readme.split('## Run it');
  const [text = ''] = table.split('All settings:');
  const rows = text.split('\n').filter((line) => line.startsWith('| `'));
  const named = rows.flatMap((row) => variablesIn(row.split('|')[1] ?? ''));
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((name) => !settings.has(name))).toEqual([]);
  for (const row of rows) {
    const [, variables = '', , defaults = ''] = row.split('|');
    const expected = variablesIn(variables).map((name) => settings.get(name)?.fallback ?? null);
    const shown = [...defaults.matchAll(/`([^`]+)`/g)].map(([, value]) => value ?? '');
    expect({ row, shown }).toEqual({ row, shown: expected.filter((value) => value !== null) });
  }
});

test('the reference of the configuration is what the settings make', () => {
  expect(readFileSync(path.join(root, 'docs', 'configuration.md'), 'utf8')).toBe(configurationPage());
});

test('every promise names a test file that the page of promises names too', () => {
  const [, promises = ''] = readme.split('## When things fail');
  const [rows = ''] = promises.split('## Run it');
  const tests = [...rows.matchAll(/`(test\/[^`]+)`/g)].map(([, file]) => file ?? '');
  const page = readFileSync(path.join(root, 'docs', 'promises.md'), 'utf8');
  expect(tests).toHaveLength(15);
  expect(tests.filter((file) => !file.endsWith('.test.ts') || !existsSync(path.join(root, file)))).toEqual([]);
  expect(tests.filter((file) => !page.includes(`\`${file}\``))).toEqual([]);
});

test('every route of the README is in the API', () => {
  const named = [...readme.matchAll(/`(GET|POST|PATCH|PUT|DELETE) (\/v1\/[^`?]+)[^`]*`/g)];
  const routes = describedRoutes().map(({ method, path }) => `${method.toUpperCase()} ${path}`);
  expect(named).toHaveLength(11);
  expect(named.map(([, method, path]) => `${method} ${path}`).filter((route) => !routes.includes(route))).toEqual([]);
});

test('every command and link of the README is there', () => {
  const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { scripts: object };
  const commands = [...readme.matchAll(/npm run ([a-z]+)/g)].map(([, name]) => name ?? '');
  expect(commands.filter((name) => !(name in scripts))).toEqual([]);
  const links = [...readme.matchAll(/\]\(([^)#]+)\)/g)].map(([, link]) => link ?? '');
  const local = links.filter((link) => !link.startsWith('https://'));
  expect(local.filter((link) => !existsSync(path.join(root, link)))).toEqual([]);
});
