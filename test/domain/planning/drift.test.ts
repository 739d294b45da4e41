import {
  driftOf,
  type Exits,
  endedWithEngine,
  isStorm,
  plannable,
  repairableStates,
} from '../../../domain/planning/drift';
import type { Resource, ServerResource } from '../../../domain/planning/resources';
import { noPooler, type Spec, sizeClasses } from '../../../domain/spec';
import { databaseAt, observe, owner, placed, small, type World } from './model';

const primary = [placed('primary', 'north')];
const running = databaseAt(primary, small);
const pooled = databaseAt(primary, { ...small, pooler: { ...noPooler, enabled: true } });
const pooledStopped = databaseAt(primary, { ...small, pooler: { ...noPooler, enabled: true }, power: 'stopped' });
const stopped = databaseAt(primary, { ...small, power: 'stopped' });
const paused = databaseAt(primary, { ...small, power: 'paused' });
const container = `slipway-${owner.installation}-${owner.databaseId}-primary`;
const network = `slipway-${owner.installation}-${owner.databaseId}`;

function withServer(world: World, change: Partial<ServerResource>): Resource[] {
  return world.map((resource) => (resource.kind === 'server' ? { ...resource, ...change } : resource));
}

function without(world: World, ...kinds: Resource['kind'][]): Resource[] {
  return world.filter(({ kind }) => !kinds.includes(kind));
}

const spareVolume: Resource = { kind: 'volume', name: 'spare', hostId: 'north' };
const spareNetwork: Resource = { kind: 'network', name: 'spare', hostId: 'north' };

interface Row {
  readonly name: string;
  readonly found: World;
  readonly wanted?: readonly Resource[];
  readonly exits?: Exits;
  readonly failing?: readonly string[];
  readonly drift: readonly string[] | null;
}

const ended = (exitCode: number, oomKilled = false): Exits => ({ [container]: { exitCode, oomKilled } });

test.each<Row>([
  { name: 'what is as the record says has not drifted', found: running, drift: null },
  { name: 'nor has what is stopped as the record says', found: stopped, wanted: stopped, drift: null },
  { name: 'nor has what is paused: it is not due for repair (B04)', found: paused, wanted: paused, drift: null },
  { name: 'a container that is gone', found: without(running, 'server'), drift: [`container ${container} is missing`] },
  {
    name: 'a container that was killed',
    found: stopped,
    exits: ended(137),
    drift: [`container ${container} exited with code 137`],
  },
  {
    name: 'a container that was killed for memory',
    found: stopped,
    exits: ended(137, true),
    drift: [`container ${container} exited with code 137, out of memory`],
  },
  {
    name: 'a container that was stopped',
    found: stopped,
    exits: ended(0),
    drift: [`container ${container} exited with code 0`],
  },
  { name: 'a container that was never started', found: stopped, drift: [`container ${container} is not running`] },
  { name: 'a container that was paused', found: paused, drift: [`container ${container} is paused`] },
  {
    name: 'a stopped database whose container was started',
    found: running,
    wanted: stopped,
    drift: [`container ${container} runs although the database is stopped`],
  },
  {
    name: 'a stopped database whose container was started and paused',
    found: paused,
    wanted: stopped,
    drift: [`container ${container} is paused although the database is stopped`],
  },
  {
    name: 'a paused database whose container was resumed, as by a restart of the daemon',
    found: running,
    wanted: paused,
    drift: [`container ${container} runs although the database is paused`],
  },
  {
    name: 'a paused database whose container has exited',
    found: stopped,
    wanted: paused,
    exits: ended(137),
    drift: [`container ${container} exited with code 137`],
  },
  {
    name: 'a stopped database whose container is gone',
    found: without(stopped, 'server'),
    wanted: stopped,
    drift: [`container ${container} is missing`],
  },
  {
    name: 'a network that is gone',
    found: without(running, 'network'),
    drift: [`network ${network} is missing`],
  },
  {
    name: 'a container that was taken off its network',
    found: withServer(running, { networkNames: [] }),
    drift: [`container ${container} is not on network ${network}`],
  },
  {
    name: 'a stopped container whose network is gone would not start',
    found: withServer(without(stopped, 'network'), { networkNames: [] }),
    wanted: stopped,
    drift: [`network ${network} is missing`, `container ${container} is not on network ${network}`],
  },
  {
    name: 'a container of another specification',
    found: databaseAt(primary, { ...small, size: sizeClasses.large } satisfies Spec),
    drift: [`container ${container} was created from another specification`],
  },
  {
    name: 'a container whose limits were changed',
    found: withServer(running, { limits: sizeClasses.large }),
    drift: [`container ${container} has different limits than recorded`],
  },
  { name: 'a pooler that serves has not drifted', found: pooled, wanted: pooled, drift: null },
  {
    name: 'a pooler that runs and does not serve',
    found: pooled,
    wanted: pooled,
    failing: [`${container}-pooler`],
    drift: [`container ${container}-pooler runs but does not respond`],
  },
  {
    name: 'a pooler that has ended',
    found: pooled.map((one) => (one.kind === 'sidecar' ? { ...one, isRunning: false } : one)),
    wanted: pooled,
    drift: [`container ${container}-pooler is not running`],
  },
  {
    name: 'a server that was killed beside a pooler that serves',
    found: withServer(pooled, { power: 'stopped' }),
    wanted: pooled,
    exits: ended(137),
    drift: [`container ${container} exited with code 137`],
  },
  {
    name: 'a stopped database that was started with its pooler, which does not serve',
    found: pooled,
    wanted: pooledStopped,
    failing: [`${container}-pooler`],
    drift: [`container ${container} runs although the database is stopped`],
  },
  {
    name: 'a pooler of another template',
    found: pooled.map((one) => (one.kind === 'sidecar' ? { ...one, templateHash: 'another' } : one)),
    wanted: pooled,
    drift: [`removeSidecar ${container}-pooler is needed`, `ensureSidecar ${container}-pooler is needed`],
  },
  {
    name: 'a pooler that is gone',
    found: without(pooled, 'sidecar'),
    wanted: pooled,
    drift: [`container ${container}-pooler is missing`],
  },
  {
    name: 'a container and a volume that are gone',
    found: without(running, 'server', 'volume'),
    drift: [`volume ${container} is missing`, `container ${container} is missing`],
  },
  {
    name: 'nothing left',
    found: [],
    drift: [`network ${network} is missing`, `volume ${container} is missing`, `container ${container} is missing`],
  },
  {
    name: 'a network that the record does not know',
    found: [...running, spareNetwork],
    drift: ['network spare should not exist'],
  },
  {
    name: 'a volume that the record does not know is no drift: it is never deleted',
    found: [...running, spareVolume],
    drift: null,
  },
])('$name', ({ found, wanted = running, exits = {}, failing, drift }) => {
  expect(driftOf(observe(found), wanted, exits, failing)).toEqual(drift);
});

test('a repair does not see volumes that the record does not know, so that no plan deletes one', () => {
  expect(plannable([...observe(running), spareVolume, spareNetwork], running)).toEqual([
    ...observe(running),
    spareNetwork,
  ]);
});

test.each([
  { drifted: 0, databases: 0, storm: false },
  { drifted: 4, databases: 4, storm: false },
  { drifted: 5, databases: 5, storm: true },
  { drifted: 5, databases: 24, storm: true },
  { drifted: 5, databases: 25, storm: false },
  { drifted: 20, databases: 100, storm: false },
  { drifted: 21, databases: 100, storm: true },
])('$drifted of $databases drifted at once is a storm: $storm', ({ drifted, databases, storm }) => {
  expect(isStorm(drifted, databases)).toBe(storm);
});

const noon = new Date('2026-11-28T12:00:00Z');
const before = new Date('2026-11-28T11:59:59Z');

test.each([
  { isUp: false, startedAt: before, engineStartedAt: noon, ended: true, what: 'ended and began before the engine' },
  { isUp: false, startedAt: noon, engineStartedAt: noon, ended: false, what: 'ended and began after it' },
  { isUp: true, startedAt: before, engineStartedAt: noon, ended: false, what: 'runs, although it began before it' },
  { isUp: false, startedAt: null, engineStartedAt: noon, ended: false, what: 'never began' },
  { isUp: false, startedAt: before, engineStartedAt: null, ended: false, what: 'ended; the start is unknown' },
])('a container that $what ended with the engine: $ended', ({ isUp, startedAt, engineStartedAt, ended }) => {
  expect(endedWithEngine({ isUp, startedAt }, engineStartedAt)).toBe(ended);
});

test('drift is repaired where the database is at rest and has not failed', () => {
  expect(repairableStates).toEqual(['available', 'stopped', 'paused']);
});
