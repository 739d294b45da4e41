import path from 'node:path';
import { isNoSource, sourceDigest, sourcePaths } from '../../../dev/build/sources';

const root = path.join(__dirname, '..', '..', '..');
const file = { isFile: () => true } as Parameters<typeof isNoSource>[1];

test('api and worker are made of every folder and file that is not named as something else', () => {
  const names = sourcePaths().map((source) => path.relative(root, source));
  expect(names).toEqual(
    expect.arrayContaining(['api', 'store', 'workflows', 'worker', 'worker.ts', 'config', 'prisma']),
  );
  for (const name of ['dev', 'dist', 'node_modules', 'test', '.git', 'package.json']) {
    expect(names).not.toContain(name);
  }
});

test.each([
  { name: 'worker.ts', source: true },
  { name: 'prisma/migrations/1_init/migration.sql', source: true },
  { name: 'store/generated/client.ts', source: false },
  { name: 'api/.app.ts.swp', source: false },
])('$name is watched: $source', ({ name, source }) => {
  expect(isNoSource(path.join(root, name), file)).toBe(!source);
});

test('the digest of the same source is the same', () => {
  expect(sourceDigest()).toBe(sourceDigest());
});
