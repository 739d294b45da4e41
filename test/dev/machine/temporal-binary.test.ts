import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { access, chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { run } from '../../../dev/machine/command';
import { SetupError } from '../../../dev/machine/stages';
import { ensureTemporalBinary } from '../../../dev/machine/temporal-binary';
import { archiveOf } from '../../../dev/machine/temporal-release';

const version = '1.8.2';

let folder: string;
let server: Server;
/** What the vendor's site has, by path. */
let site: Map<string, Buffer | string>;

beforeAll(async () => {
  server = createServer((request, response) => {
    const body = site.get(request.url ?? '');
    response.writeHead(body === undefined ? 404 : 200).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterAll(() => server.close());

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'slipway-binary-'));
  await mkdir(path.join(folder, 'path'));
  site = new Map();
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** A program of this name that answers as Temporal's CLI does. */
async function program(file: string, found = version): Promise<string> {
  return script(file, `echo "temporal version ${found} (Server 1.31.2, UI 2.50.1)"`);
}

async function script(file: string, body: string): Promise<string> {
  const full = path.join(folder, file);
  await mkdir(path.dirname(full), { recursive: true });
  await writeFile(full, `#!/bin/sh\n${body}\n`);
  await chmod(full, 0o755);
  return full;
}

/** The vendor's release, with a list of checksums that may be of another file. */
async function release(checksum?: string): Promise<void> {
  await program('release/temporal');
  await run('tar', ['-czf', path.join(folder, 'release.tar.gz'), '-C', path.join(folder, 'release'), 'temporal']);
  const archive = await readFile(path.join(folder, 'release.tar.gz'));
  const sum = checksum ?? createHash('sha256').update(archive).digest('hex');
  site.set(`/v${version}/checksums.txt`, `${'0'.repeat(64)}  other.tar.gz\n${sum}  ${archiveOf(version)}\n`);
  site.set(`/v${version}/${archiveOf(version)}`, archive);
}

/** A `go` that writes a binary where it is told to (`-o` is its eighth argument). */
function go(): Promise<string> {
  return script('path/go', `test -f go.mod && /bin/cp ${path.join(folder, 'release', 'temporal')} "$8"`);
}

async function choose(named?: string): Promise<{ binary: string; notes: string[] }> {
  const notes: string[] = [];
  const environment = {
    PATH: path.join(folder, 'path'),
    XDG_CACHE_HOME: folder,
    ...(named === undefined ? {} : { SLIPWAY_TEMPORAL_BIN: named }),
  };
  const releases = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const binary = await ensureTemporalBinary(version, (text) => notes.push(text), { environment, releases });
  return { binary, notes };
}

const cached = () => path.join(folder, 'slipway', `temporal-${version}`);

test('the named one comes before all, whatever its version', async () => {
  const named = await program('mine/temporal', '1.0.0');
  await program('path/temporal');
  await expect(choose(named)).resolves.toEqual({ binary: named, notes: [`${named} (SLIPWAY_TEMPORAL_BIN)`] });
});

test('a named one that cannot be run is refused with its variable', async () => {
  await expect(choose('/nowhere/temporal')).rejects.toThrow('/nowhere/temporal (SLIPWAY_TEMPORAL_BIN) cannot be run');
});

test.each(['1.8.2', '1.8.10', '1.10.0', '2.0.0'])('on the PATH, %s will do', async (found) => {
  await program('path/temporal', found);
  await program('slipway/temporal-1.8.2');
  await expect(choose()).resolves.toEqual({ binary: 'temporal', notes: ['temporal on the PATH'] });
});

test.each(['1.8.1', '1.7.9', '0.13.2'])('on the PATH, %s is too old, and the cached one is taken', async (found) => {
  await program('path/temporal', found);
  await program('slipway/temporal-1.8.2');
  await expect(choose()).resolves.toEqual({ binary: cached(), notes: [`${cached()} (cached)`] });
});

test('a release with its checksum fills the cache, once', async () => {
  await release();
  await go();
  await expect(choose()).resolves.toEqual({ binary: cached(), notes: ["the vendor's release"] });
  site.clear();
  await expect(choose()).resolves.toEqual({ binary: cached(), notes: [`${cached()} (cached)`] });
  await expect(readdir(path.join(folder, 'slipway'))).resolves.toEqual([`temporal-${version}`]);
});

test('a cached one that cannot be run is made again', async () => {
  await script('slipway/temporal-1.8.2', 'exit 1');
  await release();
  await expect(choose()).resolves.toEqual({ binary: cached(), notes: ["the vendor's release"] });
});

test.each([
  { name: 'cannot be had', prepare: () => release().then(() => site.clear()), reason: /checksums.txt answered 404$/ },
  {
    name: 'does not have its checksum',
    prepare: () => release('f'.repeat(64)),
    reason: /tar.gz does not have its checksum$/,
  },
])('where the release $name, Go builds it', async ({ prepare, reason }) => {
  await prepare();
  await go();
  const { binary, notes } = await choose();
  expect(binary).toBe(cached());
  expect(notes).toEqual([expect.stringMatching(reason)]);
  await expect(run(binary, ['--version'])).resolves.toContain(version);
});

test('with neither release nor Go, it says so, says what to do, and leaves nothing in the cache', async () => {
  const error: unknown = await choose().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SetupError);
  expect((error as SetupError).message).toMatch(/neither downloaded \(.*answered 404\) nor built/);
  expect((error as SetupError).next).toContain('SLIPWAY_TEMPORAL_BIN');
  await expect(readdir(path.join(folder, 'slipway'))).resolves.toEqual([]);
  await expect(access(cached())).rejects.toThrow('ENOENT');
});
