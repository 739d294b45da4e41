import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.join(__dirname, '..');
const readme = readFileSync(path.join(root, 'README.md'), 'utf8');

test('the README has every setting of the configuration, and no other', () => {
  const config = readFileSync(path.join(root, 'config.ts'), 'utf8');
  const settings = [...config.matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].map(([, name]) => name ?? '');
  const [, table = ''] = readme.split('## Configuration');
  const [rows = ''] = table.split('In development:');
  const named = [...rows.matchAll(/`([A-Z][A-Z_]+)`/g)].map(([, name]) => name ?? '');
  const asFiles = named.filter((name) => name.endsWith('_FILE'));
  expect(settings.length).toBeGreaterThan(20);
  expect(new Set(named)).toEqual(new Set([...settings, ...asFiles]));
});

test('every promise names a test that is there', () => {
  const [, promises = ''] = readme.split('## When things fail');
  const [rows = ''] = promises.split('## Configuration');
  const tests = [...rows.matchAll(/`(test\/[^`]+)`/g)].map(([, file]) => file ?? '');
  expect(tests.length).toBeGreaterThan(10);
  expect(tests.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
});

test('every command and link of the README is there', () => {
  const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { scripts: object };
  const commands = [...readme.matchAll(/npm run ([a-z]+)/g)].map(([, name]) => name ?? '');
  expect(commands.filter((name) => !(name in scripts))).toEqual([]);
  const links = [...readme.matchAll(/\]\(([^)#]+)\)/g)].map(([, link]) => link ?? '');
  const local = links.filter((link) => !link.startsWith('https://'));
  expect(local.filter((link) => !existsSync(path.join(root, link)))).toEqual([]);
});
