import { goalOf } from '../../../domain/operations/goal';
import { legsOf } from '../../../domain/operations/operations';
import { planChange } from '../../../domain/planning/plan';
import { type Resource, resourcesOf, type ServerResource, templateHashOf } from '../../../domain/planning/resources';
import { noPooler, type Spec, sizeClasses } from '../../../domain/spec';
import { appliedIn, catalogue, databaseAt, observe, owner, placed, small, unused, type World } from './model';

const primary = [placed('primary', 'north')];
const newPrimary = [placed('primary', 'north', false)];
const large: Spec = { ...small, size: sizeClasses.large };
const tuned: Spec = { ...small, parameters: { work_mem: '64MB' } };
const crowded: Spec = { ...small, parameters: { max_connections: '500' } };
const faster: Spec = { ...small, size: { ...small.size, nanoCpus: 2e9 } };
const rotated: Spec = { ...small, credentials: 2 };
const running = databaseAt(primary, small);
const pooled = databaseAt(primary, { ...small, pooler: { ...noPooler, enabled: true } });
const stopped = withServers(running, { power: 'stopped' });
const paused = withServers(running, { power: 'paused' });

/** The database that is planned for, and `db-primary` for its server and its volume. */
const shortOf = (name: string) => name.replace(`slipway-${owner.installation}-${owner.databaseId}`, 'db');

function withServers(world: World, change: Partial<ServerResource>): Resource[] {
  return world.map((resource) => (resource.kind === 'server' ? { ...resource, ...change } : resource));
}

function without(world: World, ...kinds: Resource['kind'][]): Resource[] {
  return world.filter(({ kind }) => !kinds.includes(kind));
}

interface Row {
  readonly name: string;
  readonly current: readonly Resource[];
  readonly wanted: readonly Resource[];
  /** By phase. */
  readonly steps: readonly (readonly string[])[];
}

test.each<Row>([
  { name: 'the same specification needs no step', current: running, wanted: running, steps: [] },
  { name: 'nothing, and nothing wanted, needs no step', current: [], wanted: [], steps: [] },
  {
    name: 'the order in which things are seen does not count',
    current: running.toReversed(),
    wanted: running,
    steps: [],
  },
  {
    name: 'parameters in another order are the same ones',
    current: databaseAt(primary, { ...small, parameters: { jit: 'on', work_mem: '64MB' } }),
    wanted: databaseAt(primary, { ...small, parameters: { work_mem: '64MB', jit: 'on' } }),
    steps: [],
  },
  {
    name: 'a new database gets its network and volume, its server, its roles, is awaited, and is marked as used last',
    current: [],
    wanted: databaseAt(newPrimary, small),
    steps: [
      ['ensureNetwork db', 'ensureVolume db-primary'],
      ['ensureServer db-primary'],
      ['ensureLogins db-primary'],
      ['awaitReady db-primary'],
      ['markUsed db-primary'],
    ],
  },
  {
    name: 'an engine that was never ready may lack its roles: running or not, it gets them and is awaited',
    current: running,
    wanted: databaseAt(newPrimary, small),
    steps: [
      ['ensureServer db-primary'],
      ['ensureLogins db-primary'],
      ['awaitReady db-primary'],
      ['markUsed db-primary'],
    ],
  },
  {
    name: 'a stopped server is started again, with the roles it has',
    current: stopped,
    wanted: running,
    steps: [['ensureServer db-primary'], ['awaitReady db-primary']],
  },
  {
    name: 'a container that is gone is made again on its own volume (A08)',
    current: without(running, 'server'),
    wanted: running,
    steps: [['ensureServer db-primary'], ['awaitReady db-primary']],
  },
  {
    name: 'a network that is gone with its container is made before the container',
    current: without(running, 'network', 'server'),
    wanted: running,
    steps: [['ensureNetwork db'], ['ensureServer db-primary'], ['awaitReady db-primary']],
  },
  {
    name: 'more memory replaces the container and keeps the volume',
    current: running,
    wanted: databaseAt(primary, large),
    steps: [
      ['stopServer db-primary'],
      ['removeServer db-primary'],
      ['ensureServer db-primary'],
      ['awaitReady db-primary'],
    ],
  },
  {
    name: 'a parameter that a reload changes is reloaded',
    current: running,
    wanted: databaseAt(primary, tuned),
    steps: [['configureServer db-primary'], ['awaitReady db-primary']],
  },
  {
    name: 'a parameter that needs a restart is checked by the engine before that is stopped',
    current: running,
    wanted: databaseAt(primary, crowded),
    steps: [
      ['configureServer db-primary'],
      ['stopServer db-primary'],
      ['ensureServer db-primary'],
      ['awaitReady db-primary'],
    ],
  },
  {
    name: 'processors alone are changed while it runs, and the settings that follow are reloaded',
    current: running,
    wanted: databaseAt(primary, faster),
    steps: [['configureServer db-primary'], ['updateServer db-primary'], ['awaitReady db-primary']],
  },
  {
    name: 'processors of what is stopped are changed while it stays so',
    current: stopped,
    wanted: withServers(databaseAt(primary, faster), { power: 'stopped' }),
    steps: [['updateServer db-primary'], ['createServer db-primary']],
  },
  {
    name: 'another parameter of what is stopped is written, and not started',
    current: stopped,
    wanted: withServers(databaseAt(primary, tuned), { power: 'stopped' }),
    steps: [['createServer db-primary']],
  },
  {
    name: 'another password is given to the engine while it runs',
    current: running,
    wanted: databaseAt(primary, rotated),
    steps: [['ensureLogins db-primary'], ['awaitReady db-primary']],
  },
  {
    name: 'a password that may be the other one is set again by the way back, running or not',
    current: withServers(running, { power: 'stopped', credentials: null }),
    wanted: running,
    steps: [['ensureServer db-primary'], ['ensureLogins db-primary'], ['awaitReady db-primary']],
  },
  {
    name: 'an engine of which nobody knows the settings is given them by a restart',
    current: withServers(running, { template: null }),
    wanted: running,
    steps: [
      ['configureServer db-primary'],
      ['stopServer db-primary'],
      ['ensureServer db-primary'],
      ['awaitReady db-primary'],
    ],
  },
  {
    name: 'a container that does not run is replaced without being stopped',
    current: stopped,
    wanted: databaseAt(primary, large),
    steps: [['removeServer db-primary'], ['ensureServer db-primary'], ['awaitReady db-primary']],
  },
  {
    name: 'a container that says nothing of what it was made of is replaced',
    current: running.map((one) => (one.kind === 'server' ? { ...one, templateHash: '' } : one)),
    wanted: running,
    steps: [
      ['stopServer db-primary'],
      ['removeServer db-primary'],
      ['ensureServer db-primary'],
      ['awaitReady db-primary'],
    ],
  },
  {
    name: 'a deleted database is stopped first, and loses its data last',
    current: running,
    wanted: [],
    steps: [['stopServer db-primary'], ['removeServer db-primary'], ['removeNetwork db'], ['removeVolume db-primary']],
  },
  {
    name: 'a stop stops, and takes nothing away',
    current: running,
    wanted: stopped,
    steps: [['stopServer db-primary']],
  },
  {
    name: 'sidecars come after the engine is ready, and only those that are enabled (A17, A24)',
    current: stopped,
    wanted: pooled,
    steps: [['ensureServer db-primary'], ['awaitReady db-primary'], ['ensureSidecar db-primary-pooler']],
  },
  {
    name: 'the engine is stopped before its sidecars (A13)',
    current: pooled,
    wanted: withServers(pooled, { power: 'stopped' }),
    steps: [['stopServer db-primary'], ['stopSidecar db-primary-pooler']],
  },
  {
    name: 'a pause leaves the sidecars as they are',
    current: pooled,
    wanted: withServers(pooled, { power: 'paused' }),
    steps: [['pauseServer db-primary']],
  },
  {
    name: 'a sidecar that is no longer wanted is taken away while the engine runs',
    current: pooled,
    wanted: running,
    steps: [['removeSidecar db-primary-pooler']],
  },
  {
    name: 'a sidecar that has ended is made to serve again',
    current: pooled.map((one) => (one.kind === 'sidecar' ? { ...one, isRunning: false } : one)),
    wanted: pooled,
    steps: [['ensureSidecar db-primary-pooler']],
  },
  {
    name: 'a sidecar of another image is made anew',
    current: pooled.map((one) => (one.kind === 'sidecar' ? { ...one, templateHash: 'other' } : one)),
    wanted: pooled,
    steps: [['removeSidecar db-primary-pooler'], ['ensureSidecar db-primary-pooler']],
  },
  {
    name: 'more memory leaves the sidecars where they are',
    current: pooled,
    wanted: databaseAt(primary, { ...large, pooler: { ...noPooler, enabled: true } }),
    steps: [
      ['stopServer db-primary'],
      ['removeServer db-primary'],
      ['ensureServer db-primary'],
      ['awaitReady db-primary'],
    ],
  },
  {
    name: 'a deleted database loses its sidecars with its container',
    current: pooled,
    wanted: [],
    steps: [
      ['stopServer db-primary'],
      ['removeServer db-primary', 'removeSidecar db-primary-pooler'],
      ['removeNetwork db'],
      ['removeVolume db-primary'],
    ],
  },
  { name: 'what is stopped needs no stop', current: stopped, wanted: stopped, steps: [] },
  {
    name: 'a container that is gone is made again to be stopped: what is stopped is there (A09)',
    current: without(running, 'server'),
    wanted: stopped,
    steps: [['createServer db-primary']],
  },
  { name: 'a pause pauses', current: running, wanted: paused, steps: [['pauseServer db-primary']] },
  { name: 'what is paused needs no pause', current: paused, wanted: paused, steps: [] },
  {
    name: 'what is to be paused and does not run is started, awaited and paused',
    current: stopped,
    wanted: paused,
    steps: [['ensureServer db-primary'], ['awaitReady db-primary'], ['pauseServer db-primary']],
  },
  {
    name: 'a resume is awaited as a start is',
    current: paused,
    wanted: running,
    steps: [['resumeServer db-primary'], ['awaitReady db-primary']],
  },
  { name: 'what is paused can be stopped', current: paused, wanted: stopped, steps: [['stopServer db-primary']] },
  {
    name: 'a paused database is deleted like one that runs',
    current: paused,
    wanted: [],
    steps: [['stopServer db-primary'], ['removeServer db-primary'], ['removeNetwork db'], ['removeVolume db-primary']],
  },
  {
    name: 'a stopped database is deleted without being stopped',
    current: stopped,
    wanted: [],
    steps: [['removeServer db-primary'], ['removeNetwork db'], ['removeVolume db-primary']],
  },
  {
    name: 'a delete that was cut off is carried on with what is left',
    current: without(running, 'server', 'network'),
    wanted: [],
    steps: [['removeVolume db-primary']],
  },
  {
    name: 'a database with nothing left of it is deleted without a step',
    current: [],
    wanted: [],
    steps: [],
  },
])('$name', ({ current, wanted, steps }) => {
  const plan = planChange(observe(unused(current)), wanted, {
    awaitRunning: false,
    applied: appliedIn(current),
  });
  expect(plan.map((phase) => phase.map((step) => `${step.do} ${shortOf(step.with.name)}`))).toEqual(steps);
});

test('the same name on another host is another thing', () => {
  const plan = planChange(observe(unused(running)), databaseAt([placed('primary', 'south', false)], small));
  const where = plan.flat().map((step) => `${step.do} ${step.hostId}`);
  expect(where).toEqual([
    'stopServer north',
    'removeServer north',
    'ensureNetwork south',
    'ensureVolume south',
    'ensureServer south',
    'ensureLogins south',
    'awaitReady south',
    'markUsed south',
    'removeNetwork north',
    'removeVolume north',
  ]);
});

test('a volume that held data and is gone is not made again: its server finds it missing (A08)', () => {
  const left = running.filter(({ kind }) => kind === 'network');
  const plan = planChange(observe(left), databaseAt(primary, small));
  expect(plan.flat().map((step) => step.do)).toEqual(['ensureServer', 'awaitReady']);
});

test('a server is never wanted without what it is made of', () => {
  expect(() => planChange([], observe(running))).toThrow(
    new TypeError('the wanted server slipway-lab-ordersdb2345-primary has no template'),
  );
});

test.each([
  { title: 'a delete of what was available leads back to it', kind: 'delete', formerState: 'available', goal: small },
  { title: 'a delete of what had failed leaves it', kind: 'delete', formerState: 'failed', goal: 'unchanged' },
  { title: 'a start of what had failed leaves it', kind: 'start', formerState: 'failed', goal: 'unchanged' },
  { title: 'a create that is tried again leads back to nothing', kind: 'create', formerState: 'failed', goal: null },
] as const)('cancelled, $title', ({ kind, formerState, goal }) => {
  const hasData = kind !== 'create';
  const asked = {
    kind,
    leg: 0,
    input: {},
    spec: small,
    hasData,
    formerState,
  } as const;
  expect(goalOf({ ...asked, direction: 'former' })).toEqual(goal);
});

test.each([
  { title: 'a way back to a stopped database', wanted: stopped, isWayBack: true, awaitsRecovery: true },
  { title: 'a way back to another size', wanted: databaseAt(primary, large), isWayBack: true, awaitsRecovery: true },
  { title: 'a way back to nothing', wanted: [], isWayBack: true, awaitsRecovery: undefined },
  {
    title: 'a way back to another host',
    wanted: databaseAt([placed('primary', 'south')], small),
    isWayBack: true,
    awaitsRecovery: undefined,
  },
  { title: 'a way forward', wanted: stopped, isWayBack: false, awaitsRecovery: undefined },
])('$title: whether an engine that recovers is stopped only afterwards: $awaitsRecovery (M49)', (row) => {
  const applied = appliedIn(running);
  // A container of another template has to go, whatever the plan leads to.
  const current = withServers(observe(running), row.wanted === stopped ? {} : { templateHash: 'another' });
  const plan = planChange(current, row.wanted, { awaitRunning: true, applied, isWayBack: row.isWayBack });
  const [stop] = plan.flat().filter((step) => step.do === 'stopServer');
  expect(stop?.with).toEqual({
    name: expect.any(String),
    ...(row.awaitsRecovery === undefined ? {} : { awaitsRecovery: row.awaitsRecovery }),
  });
});

test('a plan leads forward unless it is said to be a way back', () => {
  const [stop] = planChange(observe(running), stopped)
    .flat()
    .filter((step) => step.do === 'stopServer');
  expect(stop?.with).toEqual({ name: expect.any(String) });
});

test.each([
  { change: 'that needs a reload', spec: tuned, steps: ['configureServer', 'awaitReady'] },
  {
    change: 'that needs a restart',
    spec: crowded,
    steps: ['configureServer', 'stopServer', 'ensureServer', 'awaitReady'],
  },
])('an engine that cannot be asked gets a change $change as one that answers does (M53)', ({ spec, steps }) => {
  const unanswered = observe(running).map((one) => {
    if (one.kind !== 'server') return one;
    const { engine: _engine, ...rest } = one;
    return rest;
  });
  const plan = planChange(unanswered, databaseAt(primary, spec), { awaitRunning: false, applied: appliedIn(running) });
  expect(plan.flat().map((step) => step.do)).toEqual(steps);
});

test.each([
  { title: 'a create', kind: 'create', formerState: null },
  { title: 'a create that is tried again', kind: 'create', formerState: 'failed' },
  { title: 'a recovery', kind: 'recover', formerState: 'failed' },
] as const)('$title leads back to a database with data, and to nothing without', ({ kind, formerState }) => {
  const asked = { kind, leg: 0, input: {}, spec: small, formerState, direction: 'former' } as const;
  expect(goalOf({ ...asked, hasData: true })).toEqual(small);
  expect(goalOf({ ...asked, hasData: false })).toBeNull();
});

const awaiting = { awaitRunning: true, applied: new Map() };

test('what runs is awaited where that is asked for: its engine may have only just begun', () => {
  const plan = planChange(observe(running), running, awaiting);
  expect(plan.flat().map((step) => step.do)).toEqual(['awaitReady']);
  expect(planChange(observe(stopped), stopped, awaiting)).toEqual([]);
  expect(planChange(observe(paused), paused, awaiting)).toEqual([]);
});

test('a restart leads through a stop', () => {
  const before = { spec: small, hasData: true, formerState: 'available' } as const;
  const asked = { kind: 'restart', input: {}, ...before } as const;
  const legs = Array.from({ length: legsOf('restart') }, (_, leg) => goalOf({ ...asked, leg, direction: 'requested' }));
  expect(legs).toEqual([{ ...small, power: 'stopped' }, small]);
});

describe('what a server is made of', () => {
  const template = serverTemplate(small);

  test.each([
    ['version', serverTemplate({ ...small, version: '16' })],
    ['memory', serverTemplate(large)],
    ['image', { ...template, image: 'slipway/postgres:17.2' }],
    ['network', { ...template, networkName: 'other' }],
    ['volume', { ...template, volumeName: 'other' }],
  ])('another %s has another hash', (_what, other) => {
    expect(templateHashOf(other)).not.toBe(templateHashOf(template));
  });

  test.each([
    ['processors', serverTemplate(faster)],
    ['settings', serverTemplate(tuned)],
  ])('other %s do not need another container', (_what, other) => {
    expect(templateHashOf(other)).toBe(templateHashOf(template));
  });

  test('the hash does not count whether the volume holds data, or a first start would replace the container', () => {
    expect(templateHashOf({ ...template, initialized: false })).toBe(
      templateHashOf({ ...template, initialized: true }),
    );
  });

  test('the hash fits a label', () => {
    expect(templateHashOf(template)).toMatch(/^[0-9a-f]{16}$/);
  });

  test.each([
    ['17', 'slipway/postgres:17'],
    ['18', 'postgres:18'],
  ])('version %s is the image %s: the catalogue’s, or else the official one', (version, image) => {
    expect(serverTemplate({ ...small, version }).image).toBe(image);
  });

  function serverTemplate(spec: Spec) {
    const server = resourcesOf(owner, primary, catalogue, spec).find((resource) => resource.kind === 'server');
    if (server?.kind !== 'server' || server.template === null) throw new Error('no server with a template');
    return server.template;
  }
});

test('a host has one network of a database, however many of its instances it has', () => {
  const placements = [placed('primary', 'north'), placed('standby-1', 'north'), placed('standby-2', 'south')];
  const networks = databaseAt(placements, small).filter(({ kind }) => kind === 'network');
  expect(networks.map(({ hostId }) => hostId)).toEqual(['north', 'south']);
});
