import type { StepTask } from '../../activities/types';
import { createVolumeUse } from '../../activities/volume-use';
import { createMemoryBackend, type MemoryBackend } from '../../containers/memory';
import { templateHashOf } from '../../domain/planning/resources';
import { layoutOf } from '../../postgres/layout';
import { create, type Fixture, newFixture } from '../containers/fixtures';
import { databaseAt, placed, small } from '../domain/planning/model';

let backend: MemoryBackend;
let fixture: Fixture;
let volumeUse: ReturnType<typeof createVolumeUse>;
beforeEach(async () => {
  backend = createMemoryBackend();
  fixture = await newFixture('lab', 'slipway/postgres:17');
  volumeUse = createVolumeUse({ backend, installation: 'lab' });
  await create(backend, fixture);
});

/** The step that starts a server on the fixture's volume. */
function starting(initialized: boolean, marksUse?: boolean): StepTask<'ensureServer'> {
  const [server] = databaseAt([placed('primary', 'north', initialized)], small).flatMap((one) =>
    one.kind === 'server' && one.template !== null ? [one.template] : [],
  );
  if (server === undefined) throw new Error('no server');
  const template = { ...server, volumeName: fixture.volume.name };
  const place = { name: fixture.name, instanceId: 'primary', template, templateHash: templateHashOf(template) };
  return {
    ...{ operationId: 'op-1', databaseId: 'db', tenantId: 'default', kind: 'create', planNumber: 1, ordinal: 1 },
    with: { ...place, ...(marksUse === undefined ? {} : { marksUse }) },
  };
}

async function put(...names: string[]): Promise<void> {
  const files = names.map((name) => ({ name, content: '', mode: 0o644 }));
  await backend.putFiles(fixture.name, fixture.container.volume.mountPath, files);
}

async function use(): Promise<unknown> {
  const [volume] = await volumeUse.withUse([{ kind: 'volume', name: fixture.volume.name, hostId: 'north' }], {});
  return volume?.kind === 'volume' ? volume.used : undefined;
}

/** Puts the files of a start into the volume. */
async function start(task: StepTask<'ensureServer'>): Promise<void> {
  await put(...(await volumeUse.filesFor(task, {})).map(({ name }) => name));
}

test.each<[string, string[], string]>([
  ['an empty volume', [], 'no'],
  ['what is there before a data directory is', ['lock', 'postgresql.conf', 'initialize', 'pgdata.new/base'], 'no'],
  ['a volume of an earlier version', ['postgresql.conf', 'pgdata/PG_VERSION'], 'yes'],
  ['data that somebody has renamed', ['lock', 'pgdata.old/PG_VERSION'], 'yes'],
  ['a new volume whose engine has run, but was never given to anybody', ['slipway/volume', 'pgdata/PG_VERSION'], 'no'],
  ['a volume that is marked', ['slipway/volume', 'slipway/used', 'pgdata/PG_VERSION'], 'yes'],
])('%s: %j is used: %s (M17)', async (_what, files, expected) => {
  await put(...files);
  expect(await use()).toBe(expected);
});

test('a volume of an earlier version stays used, however often a create starts a server on it (M17)', async () => {
  await put('pgdata/PG_VERSION');
  for (const marksUse of [true, false]) {
    await start(starting(false, marksUse));
    expect(await use()).toBe('yes');
  }
});

test('a start whose plan marks no volume leaves the decision to the data directory (M17)', async () => {
  await start(starting(false));
  expect(await use()).toBe('no');
  await put('pgdata/PG_VERSION');
  expect(await use()).toBe('yes');
});

test('a new volume is unused until it is marked', async () => {
  await start(starting(false, true));
  await put('pgdata/PG_VERSION');
  expect(await use()).toBe('no');
  await volumeUse.requireUnused(fixture.volume.name, {});
  expect(layoutOf('17').mountPath).toBe(fixture.container.volume.mountPath);
  await volumeUse.mark({ ...starting(false), with: { name: fixture.name, version: '17' } }, {});
  expect(await use()).toBe('yes');
  await expect(volumeUse.requireUnused(fixture.volume.name, {})).rejects.toMatchObject({
    code: 'volume_has_data',
    details: { resource: fixture.volume.name },
  });
});

test('a start of an engine that was ready before marks its volume', async () => {
  await start(starting(true));
  expect(await use()).toBe('yes');
});
