import { readFileSync } from 'node:fs';
import path from 'node:path';
import { titlesBelow } from '../support/titles';

const root = path.join(__dirname, '..', '..');

test('every test that the page on security names is there, and every threat names one', () => {
  const rows = readFileSync(path.join(root, 'docs', 'security.md'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| ---') && !line.startsWith('| Threat'));
  expect(rows.length).toBeGreaterThan(15);
  const titles = new Set(titlesBelow(root, 'test').flatMap(({ title, skipped }) => (skipped ? [] : [title])));
  const named = rows.map((row) => {
    const cells = row.split(' | ');
    const tests = [...(cells[2] ?? '').matchAll(/`([^`]+)`/g)].map(([, title]) => title ?? '');
    return { threat: cells[0], missing: tests.filter((title) => !titles.has(title)), tests: tests.length };
  });
  expect(named.filter(({ missing, tests }) => missing.length > 0 || tests === 0)).toEqual([]);
});
