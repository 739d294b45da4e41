import { driftOf } from '../../../domain/planning/drift';
import { type Binding, isDigest, type Pin, pinOf, pinsWith } from '../../../domain/planning/pins';
import { type RecordedInstance, recordedPlacements } from '../../../domain/planning/placements';
import { planChange } from '../../../domain/planning/plan';
import { type Catalogue, type Placement, type Resource, resourcesOf } from '../../../domain/planning/resources';
import { noPooler, type Spec } from '../../../domain/spec';
import { catalogue, databaseAt, observe, owner, placed, small } from './model';

const digest = (letter: string) => `slipway/postgres@sha256:${letter.repeat(64)}`;
const engine: Pin = { reference: 'slipway/postgres:17', digest: digest('a'), revision: 1, template: 1 };
const spec: Spec = { ...small, pooler: { ...noPooler, enabled: true } };
const published: Binding = { address: '127.0.0.1', port: 20_000 };

/** What an installation offers after everything about it was changed. */
const changed: Catalogue = {
  ...catalogue,
  images: { 18: 'slipway/postgres:18' },
  sidecarImages: { pooler: 'slipway/pooler:2', exporter: 'slipway/exporter:2' },
};

function recorded(record: Partial<RecordedInstance> = {}): RecordedInstance {
  const container = { pin: engine, recordedAddress: published.address, hostPort: published.port };
  const pooler = { ...container, pin: pinOf('slipway/pooler'), role: 'pooler' as const, hostPort: 20_001 };
  const { instanceId: id, instanceName: name, hostId } = placed('primary', 'north');
  return { id, name, hostId, initializedAt: new Date(), ...container, sidecars: [pooler], ...record };
}

function wantedBy(instance: RecordedInstance, from: Catalogue, seen: readonly Resource[] = []): Resource[] {
  return resourcesOf(owner, recordedPlacements([instance], seen), from, spec);
}

/** The database as a worker sees it on its host, with the images and the ports of its containers. */
function seenAs(resources: readonly Resource[], image: string, binding: Binding): Resource[] {
  return observe(resources).map((one) => (one.kind === 'server' ? { ...one, image, binding } : one));
}

test('a database on record is wanted as it was created, whatever is on offer now (M01, M02, M04)', () => {
  expect(wantedBy(recorded(), changed)).toEqual(wantedBy(recorded(), catalogue));
});

test('the first pin leaves the hash of every container as it was before there were pins (M03)', () => {
  const [server] = databaseAt([placed('primary', 'north')], small).filter(({ kind }) => kind === 'server');
  expect(server).toMatchObject({ templateHash: '9762ac1ed5c3ac03' });
  const [pinned] = wantedBy(recorded(), changed).filter(({ kind }) => kind === 'server');
  expect(pinned).toMatchObject({ templateHash: '9762ac1ed5c3ac03' });
});

test('a container of a version before, whose record has no pin and no address, is wanted as it is (M03)', () => {
  const before = databaseAt([placed('primary', 'north')], spec);
  const seen = seenAs(before, 'slipway/postgres:17', { address: '10.0.0.1', port: 20_000 });
  const pooler = { pin: null, recordedAddress: null, hostPort: 20_001, role: 'pooler' as const };
  const pools = seen.map((one) => (one.kind === 'sidecar' ? { ...one, image: 'slipway/pooler' } : one));
  const wanted = wantedBy(recorded({ pin: null, recordedAddress: null, sidecars: [pooler] }), changed, pools);
  expect(driftOf(pools, wanted, {})).toBeNull();
});

test('a version that is not on offer has no image for a new container, and no other one in its place', () => {
  expect(() => pinsWith({}, changed, '17')).toThrow('SLIPWAY_ENGINE_IMAGES has no image for PostgreSQL 17');
  expect(pinsWith({ engine }, changed, '17').engine).toEqual(engine);
});

test('the same reference with another image needs another container (M09)', () => {
  const before = wantedBy(recorded(), catalogue);
  const next = { ...engine, digest: digest('b'), revision: 2 };
  const wanted = wantedBy(recorded({ pin: next }), catalogue);
  const steps = planChange(observe(before), wanted).flat();
  expect(steps.map((step) => step.do)).toEqual([
    'ensureImage',
    'stopServer',
    'removeServer',
    'ensureServer',
    'awaitReady',
  ]);
  expect(steps[0]?.with.name).toBe(digest('b'));
});

test.each([
  { part: 'another template', pin: { ...engine, template: 2 }, isOther: true },
  { part: 'another image of the same reference', pin: { ...engine, revision: 2 }, isOther: true },
  { part: 'the digest of the image that it has', pin: { ...engine, digest: null }, isOther: false },
])('$part needs another container: $isOther', ({ pin, isOther }) => {
  const [server] = wantedBy(recorded({ pin }), catalogue).filter(({ kind }) => kind === 'server');
  const [now] = wantedBy(recorded(), catalogue).filter(({ kind }) => kind === 'server');
  const hashes = [server, now].map((one) => (one?.kind === 'server' ? one.templateHash : undefined));
  expect(hashes[0] !== hashes[1]).toBe(isOther);
});

test.each<{ title: string; binding: Binding; words: string | null }>([
  { title: 'as recorded', binding: published, words: null },
  {
    title: 'on another address',
    binding: { ...published, address: '10.0.0.9' },
    words: 'is published on 10.0.0.9:20000 instead of 127.0.0.1:20000',
  },
  {
    title: 'on another port',
    binding: { ...published, port: 20_009 },
    words: 'is published on 127.0.0.1:20009 instead of 127.0.0.1:20000',
  },
])('a container that is published $title is drift in words: $words (M11)', ({ binding, words }) => {
  const wanted = wantedBy(recorded(), catalogue);
  const seen = seenAs(wanted, engine.reference, binding);
  const container = seen.find(({ kind }) => kind === 'server')?.name;
  expect(driftOf(seen, wanted, {})).toEqual(words === null ? null : [`container ${container} ${words}`]);
});

test('a sidecar that is published elsewhere than recorded is drift (M11)', () => {
  const wanted = wantedBy(recorded(), catalogue);
  const seen = observe(wanted).map((one) =>
    one.kind === 'sidecar' ? { ...one, binding: { address: '10.0.0.9', port: 20_001 } } : one,
  );
  const [reason] = driftOf(seen, wanted, {}) ?? [];
  expect(reason).toMatch(/-pooler is published on 10\.0\.0\.9:20001 instead of 127\.0\.0\.1:20001$/);
});

test.each([
  { image: digest('a'), is: true },
  { image: `sha256:${'a'.repeat(64)}`, is: true },
  { image: 'slipway/postgres:17', is: false },
  { image: 'slipway/sha256:17', is: false },
])('$image names its content: $is', ({ image, is }) => {
  expect(isDigest(image)).toBe(is);
});

test('placements of before, which carry no pins, are planned from what is on offer', () => {
  const placement: Placement = placed('primary', 'north');
  expect(databaseAt([placement], spec)).toEqual(
    resourcesOf(owner, [{ ...placement, pins: pinsWith({}, catalogue, '17') }], catalogue, spec),
  );
});
