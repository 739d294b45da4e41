import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.join(__dirname, '..', '..');

const pages = ['README.md', ...readdirSync(path.join(root, 'docs')).map((name) => path.join('docs', name))]
  .filter((file) => file.endsWith('.md'))
  .map((file) => readFileSync(path.join(root, file), 'utf8'))
  .join('\n');

const namesIn = (pattern: RegExp) => [...new Set([...pages.matchAll(pattern)].map(([, name]) => name ?? ''))];
const filesOf = (folder: string) => readdirSync(path.join(root, folder)).map((file) => path.basename(file, '.ts'));

test('every command that a page names exists', () => {
  const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { scripts: object };
  const named = {
    scripts: namesIn(/npm run (?:--silent )?([a-z]+)/g),
    trials: namesIn(/npm run try -- ([a-z]+)/g),
    operators: namesIn(/(?:npm run (?:--silent )?slipway --|commands\/main\.js) ([a-z]+)/g),
  };
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(named.scripts));
  expect(filesOf(path.join('dev', 'trials'))).toEqual(expect.arrayContaining(named.trials));
  expect(filesOf('commands')).toEqual(expect.arrayContaining(named.operators));
  for (const names of Object.values(named)) expect(names.length).toBeGreaterThan(2);
});

test('every script of package.json is a file of dev/', () => {
  const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const expected = Object.keys(scripts).map((name) => [name, `exec node dev/bootstrap.cjs ${name}`]);
  expect(Object.entries(scripts)).toEqual(expected);
  expect(filesOf('dev')).toEqual(expect.arrayContaining(Object.keys(scripts)));
});
