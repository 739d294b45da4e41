import { readFileSync } from 'node:fs';
import path from 'node:path';

interface Entry {
  readonly version?: string;
  readonly integrity?: string;
  readonly optional?: boolean;
  readonly devOptional?: boolean;
}

type Lock = { readonly packages: Readonly<Record<string, Entry>> };

const { isInstalled, isSupportedNode } = require('../../../dev/machine/dependencies.cjs') as {
  isInstalled(lock: Lock, installed: Lock | null): boolean;
  isSupportedNode(version: string): boolean;
};

const zod: Entry = { version: '4.6.7', integrity: 'sha512-aaaa' };
const esbuild: Entry = { version: '0.28.2', integrity: 'sha512-bbbb', optional: true };
const root: Entry = { version: '0.1.0' };
const lock: Lock = { packages: { '': root, 'node_modules/zod': zod, 'node_modules/esbuild': esbuild } };

test.each([
  { name: 'nothing was installed', installed: null, same: false },
  { name: 'everything is there', installed: { 'node_modules/zod': zod, 'node_modules/esbuild': esbuild }, same: true },
  { name: 'a package for another platform is missing', installed: { 'node_modules/zod': zod }, same: true },
  { name: 'a package is missing', installed: { 'node_modules/esbuild': esbuild }, same: false },
  {
    name: 'a package has another version',
    installed: { 'node_modules/zod': { ...zod, version: '4.6.6' }, 'node_modules/esbuild': esbuild },
    same: false,
  },
  {
    name: 'a package has another content',
    installed: { 'node_modules/zod': { ...zod, integrity: 'sha512-cccc' }, 'node_modules/esbuild': esbuild },
    same: false,
  },
  {
    name: 'a package is left that the lock file has no more',
    installed: { 'node_modules/zod': zod, 'node_modules/left-pad': zod },
    same: false,
  },
])('node_modules matches the lock file: $same when $name', ({ installed, same }) => {
  expect(isInstalled(lock, installed === null ? null : { packages: installed })).toBe(same);
});

test('the node_modules of this run matches its lock file', () => {
  const read = (file: string) => JSON.parse(readFileSync(path.join(__dirname, '..', '..', '..', file), 'utf8')) as Lock;
  expect(isInstalled(read('package-lock.json'), read('node_modules/.package-lock.json'))).toBe(true);
});

test.each([
  ['18.20.8', false],
  ['20.18.3', false],
  ['20.19.0', true],
  ['20.20.2', true],
  ['21.7.3', false],
  ['22.12.0', false],
  ['22.13.0', true],
  ['23.11.0', false],
  ['24.0.0', true],
  ['26.1.0', true],
])('Node %s is supported: %s, as engines of package.json says', (version, supported) => {
  expect(isSupportedNode(version)).toBe(supported);
});
