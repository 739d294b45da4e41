import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { installPackages } from '../../../dev/machine/debian.cjs';

let folder: string;
const { PATH } = process.env;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'slipway-debian-'));
  process.env.PATH = folder;
});

afterEach(() => {
  process.env.PATH = PATH;
  rmSync(folder, { recursive: true });
});

/** An apt-get that notes how it was called, and then does this. */
function aptGet(body: string): void {
  const file = path.join(folder, 'apt-get');
  writeFileSync(file, `#!/bin/sh\necho "$1 $DEBIAN_FRONTEND" >> ${path.join(folder, 'calls')}\n${body}\n`);
  chmodSync(file, 0o755);
}

const calls = () => readFileSync(path.join(folder, 'calls'), 'utf8').trim().split('\n');

test('packages that the lists have are installed without reading the lists again', async () => {
  aptGet('test "$5" = docker.io');
  await installPackages(['docker.io']);
  expect(calls()).toEqual(['install noninteractive']);
});

test('without package lists these are read first', async () => {
  const lists = path.join(folder, 'lists');
  aptGet(`if [ "$1" = update ]; then : > ${lists}; else test -f ${lists}; fi`);
  await installPackages(['docker.io']);
  expect(calls()).toEqual(['install noninteractive', 'update noninteractive', 'install noninteractive']);
});

test('a package that does not exist is refused with the end of the output', async () => {
  aptGet('[ "$1" = update ] || { echo "E: Unable to locate package $5" >&2; exit 100; }');
  await expect(installPackages(['docker.oi'])).rejects.toThrow(
    /^apt-get install:\nE: Unable to locate package docker.oi/,
  );
});
