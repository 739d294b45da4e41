import { planChange } from '../../../domain/planning/plan';
import { planSidecars } from '../../../domain/planning/plan-sidecars';
import type { Resource } from '../../../domain/planning/resources';
import { bestEffortSteps, dataDestroyingSteps } from '../../../domain/planning/steps';
import { noPooler, type Spec } from '../../../domain/spec';
import { appliedIn, databaseAt, observe, placed, small } from './model';

const places = [placed('primary', 'north'), placed('standby', 'south')];
const spec: Spec = { ...small, pooler: { ...noPooler, enabled: true }, exporter: { enabled: true } };
const running = databaseAt(places, spec);
const stopped = databaseAt(places, { ...spec, power: 'stopped' });
const isSidecar = ({ kind }: Resource) => kind === 'sidecar';
const shortOf = (name: string) => name.replace(/^.*(primary|standby)/, '$1');
const stepsOf = (steps: readonly { readonly do: string; readonly with: { readonly name: string } }[]) =>
  steps.map((step) => `${step.do} ${shortOf(step.with.name)}`);

test('the sidecars of a stopped server stay stopped', () => {
  expect(planSidecars(observe(stopped), stopped, true)).toEqual({ stop: [], remove: [], ensure: [] });
});

test('a sidecar that is replaced is removed and not stopped, if its server stops', () => {
  const current = observe(running).map((one) => (isSidecar(one) ? { ...one, templateHash: 'another' } : one));
  const { stop, remove } = planSidecars(current as Resource[], stopped, false);
  expect(stop).toEqual([]);
  expect(remove).toHaveLength(4);
});

test('a sidecar follows the server of its own instance', () => {
  const wanted = running.map((one) =>
    one.kind === 'server' && one.name.endsWith('standby') ? { ...one, power: 'stopped' as const } : one,
  );
  const { stop, ensure } = planSidecars(observe(running), wanted, true);
  expect(stepsOf(stop)).toEqual(['stopSidecar standby-pooler', 'stopSidecar standby-exporter']);
  expect(stepsOf(ensure)).toEqual(['ensureSidecar primary-pooler', 'ensureSidecar primary-exporter']);
});

test('a sidecar follows its server also where the server is not listed first', () => {
  const sidecarsFirst = [...running].sort((one, other) => Number(isSidecar(other)) - Number(isSidecar(one)));
  expect(planSidecars([], sidecarsFirst, false).ensure).toHaveLength(4);
});

test('only a pooler has settings of a pool', () => {
  const pools = running.flatMap((one) =>
    one.kind === 'sidecar' ? [`${one.role} ${JSON.stringify(one.template?.pool)}`] : [],
  );
  expect([...new Set(pools)].sort()).toEqual(['exporter null', 'pooler {"mode":"transaction","poolSize":20}']);
});

test('what is observed has no template or password, and cannot be planned toward', () => {
  const wanted = observe(running).filter(isSidecar);
  const servers = running.filter(({ kind }) => kind === 'server');
  expect(() => planSidecars([], [...servers, ...wanted], false)).toThrow(/^the wanted sidecar .* has no template$/);
  const lacking = databaseAt([placed('primary', 'north', false)], small).map((one) =>
    one.kind === 'server' ? { ...one, credentials: null } : one,
  );
  expect(() => planChange([], lacking)).toThrow(/^the wanted server .* has no credentials$/);
});

test('an engine that was never ready is restarted for changed settings, and gets its roles', () => {
  const wanted = databaseAt([placed('primary', 'north', false)], { ...small, parameters: { work_mem: '64MB' } });
  const current = databaseAt([placed('primary', 'north')], small);
  const plan = planChange(observe(current), wanted, { awaitRunning: false, applied: appliedIn(current) });
  expect(plan.map(stepsOf)).toEqual([
    ['stopServer primary'],
    ['ensureServer primary'],
    ['ensureLogins primary'],
    ['awaitReady primary'],
    ['markUsed primary'],
  ]);
});

test('a sidecar that fails is a warning, and only a removed volume cannot be undone', () => {
  expect(bestEffortSteps).toEqual(['ensureSidecar', 'stopSidecar']);
  expect(dataDestroyingSteps).toEqual(['removeVolume']);
});
