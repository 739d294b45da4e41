import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Aim, goalOf, removesOf } from '../../../domain/operations/goal';
import { kinds } from '../../../domain/operations/kinds';
import { legsOf, type RequestedKind, requestedKinds } from '../../../domain/operations/operations';
import { planChange } from '../../../domain/planning/plan';
import type { Plan, Step } from '../../../domain/planning/steps';
import { type Power, type Spec, sizeClasses } from '../../../domain/spec';
import { appliedIn, applySteps, databaseAt, observe, placed, small, unused, type World } from './model';

const primary = [placed('primary', 'north')];
const newPrimary = [placed('primary', 'north', false)];
const running = databaseAt(primary, small);

/** The inputs of the operations that need one. */
const inputs: Partial<Record<RequestedKind, unknown>> = {
  create: { name: 'orders', ...small, parameters: { work_mem: '64MB' } },
  resize: { size: sizeClasses.large },
  // A parameter that needs a restart.
  update: { parameters: { max_connections: '500' } },
};

const powers: Readonly<Record<string, Power>> = { available: 'running', stopped: 'stopped', paused: 'paused' };

/** An operation on a database in the first state that allows it, or on none. */
function requestOf(kind: RequestedKind) {
  const [formerState = null] = kinds[kind].from;
  const spec: Spec = formerState === null ? small : { ...small, power: powers[formerState] ?? 'running' };
  return { kind, input: inputs[kind] ?? {}, spec, hasData: formerState !== null, formerState };
}

const placesOf = (kind: RequestedKind) => (kinds[kind].from.length === 0 ? newPrimary : primary);

function legOf(kind: RequestedKind, aim: Pick<Aim, 'direction' | 'leg'>, world: World): Plan {
  const goal = goalOf({ ...requestOf(kind), ...aim });
  if (goal === 'unchanged') throw new Error(`${kind} has no goal`);
  return planChange(observe(world), databaseAt(placesOf(kind), goal), {
    awaitRunning: true,
    applied: appliedIn(world),
    removes: removesOf(requestOf(kind)),
  });
}

/** What is there before an operation: of a deleted database only its volumes. */
function worldBefore(kind: RequestedKind): World {
  const { hasData, spec, formerState } = requestOf(kind);
  const whole = databaseAt(placesOf(kind), hasData ? spec : null);
  return formerState === 'deleted' ? whole.filter((one) => one.kind === 'volume') : whole;
}

/** The whole plan of an operation, as its workflow makes it leg by leg. */
function planOf(kind: RequestedKind): Plan {
  let world = worldBefore(kind);
  return Array.from({ length: legsOf(kind) }, (_, leg) => leg).flatMap((leg) => {
    const plan = legOf(kind, { direction: 'requested', leg }, world);
    world = applySteps(world, plan.flat());
    return plan;
  });
}

/** The plan back from what an operation has made of a database so far. */
function wayBackOf(kind: RequestedKind, world: World): Plan {
  return legOf(kind, { direction: 'former', leg: 0 }, world);
}

const planned = requestedKinds.filter((kind) => kinds[kind].recordOnly !== true);

/** Plans in full, to be read: `golden/<name>.txt`. */
const golden: Readonly<Record<string, () => Plan>> = {
  ...Object.fromEntries(planned.map((kind) => [kind, () => planOf(kind)])),
  'create-on-two-hosts': () =>
    planChange([], databaseAt([placed('primary', 'north', false), placed('standby-1', 'south', false)], small)),
  'create-goes-back': () => wayBackOf('create', unused(databaseAt(newPrimary, small))),
  // A cancel that came when the container was gone and the network was not.
  'delete-goes-back': () => wayBackOf('delete', applySteps(running, planOf('delete').slice(0, 2).flat())),
  // Its volume has held data, which stays.
  'standby-leaves': () =>
    planChange(observe(databaseAt([...primary, placed('standby-1', 'south')], small)), databaseAt(primary, small)),
};

test.each(Object.entries(golden))('the plan %s is the one in its file', (name, plan) => {
  const file = path.join(__dirname, 'golden', `${name}.txt`);
  const text = textOf(plan());
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file, text);
  if (!existsSync(file)) throw new Error(`golden/${name}.txt is missing: write it with UPDATE_GOLDEN=1, then read it`);
  expect(text).toBe(readFileSync(file, 'utf8'));
});

test('every golden plan has its test', () => {
  const files = readdirSync(path.join(__dirname, 'golden')).map((file) => path.basename(file, '.txt'));
  expect(files.filter((name) => !Object.hasOwn(golden, name))).toEqual([]);
});

function textOf(plan: Plan): string {
  const phases = plan.map(
    (phase, index) => `phase ${index + 1}\n${phase.map((step) => `  ${lineOf(step)}\n`).join('')}`,
  );
  return phases.join('');
}

function lineOf(step: Step): string {
  const line = `${step.do} ${step.with.name} on ${step.hostId}`;
  if (step.do !== 'ensureServer' && step.do !== 'configureServer') return line;
  const { image, size, settings: told, networkName, volumeName, initialized } = step.with.template;
  const settings = Object.entries(told).map(([name, value]) => `, ${name}=${value}`);
  const figures = `${size.nanoCpus / 1e9} CPU, ${size.memoryBytes / 1024 ** 2} MiB${settings.join('')}`;
  const data = initialized ? 'its data' : 'an empty database unless there is data';
  return `${line}: ${image}, ${figures}; network ${networkName}; volume ${volumeName} with ${data}`;
}
