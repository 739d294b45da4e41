import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.join(__dirname, '..', '..');

/** What stands between the quotes of any string of a test file: titles are among them. */
function strings(): Set<string> {
  const tests = path.join(root, 'test');
  const files = readdirSync(tests, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const texts = files
    .map((name) => path.join(tests, name))
    .filter((file) => file !== __filename)
    .map((file) => readFileSync(file, 'utf8'));
  return new Set(
    texts.flatMap((text) => [...text.matchAll(/\(\s*(['"`])(.+?)\1,/g)].map(([, , title]) => title ?? '')),
  );
}

test('every test that the page on security names is there, and every threat names one', () => {
  const rows = readFileSync(path.join(root, 'docs', 'security.md'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| ---') && !line.startsWith('| Threat'));
  expect(rows.length).toBeGreaterThan(15);
  const titles = strings();
  const named = rows.map((row) => {
    const cells = row.split(' | ');
    const tests = [...(cells[2] ?? '').matchAll(/`([^`]+)`/g)].map(([, title]) => title ?? '');
    return { threat: cells[0], missing: tests.filter((title) => !titles.has(title)), tests: tests.length };
  });
  expect(named.filter(({ missing, tests }) => missing.length > 0 || tests === 0)).toEqual([]);
});
