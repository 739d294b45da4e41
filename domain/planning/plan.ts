import { isPublishedAs, isSameSize, type SettingsChange, settingsChange } from './differences';
import { imageOf } from './pins';
import { planSidecars } from './plan-sidecars';
import {
  type Applied,
  find,
  type NetworkResource,
  type Resource,
  type ServerResource,
  type VolumeResource,
} from './resources';
import type { Plan, Step } from './steps';

export interface PlanOptions {
  /** Whether to wait for running servers, too: a running container does not prove that its engine answers. */
  readonly awaitRunning: boolean;
  /** The values last applied to each engine, by instance id; an instance without an entry is not compared. */
  readonly applied: ReadonlyMap<string, Applied>;
  /** Whether the plan is a way back, which must not stop an engine that recovers: it would begin again at each start. */
  readonly isWayBack?: boolean;
  /**
   * The unwanted volumes that may be removed: those that say themselves that they are unused, which is the default, or
   * all, because somebody requested the deletion of their data.
   */
  readonly removes?: 'unused' | 'all';
}

const defaults: PlanOptions = { awaitRunning: false, applied: new Map() };

/** A wanted server and its current counterpart. */
interface Pair {
  readonly server: ServerResource;
  readonly present: ServerResource | undefined;
  readonly applied: Applied | undefined;
}

/**
 * The steps from the current resources to the wanted ones. Pure, so that going back is planning too: toward the
 * previous resources, from whatever exists by then.
 *
 * The order of the phases is the order of safety: servers that must go are stopped before their resources are removed,
 * the dependencies of a server exist before it starts, and steps that destroy data come last.
 */
export function planChange(
  current: readonly Resource[],
  wanted: readonly Resource[],
  { awaitRunning, applied, isWayBack = false, removes = 'unused' }: PlanOptions = defaults,
): Plan {
  const missing = wanted.filter((resource) => find(current, resource) === undefined && !isLost(resource, wanted));
  const unwanted = current.filter((resource) => find(wanted, resource) === undefined);
  const outdated = servers(current).filter((server) => isOutdated(server, wanted));
  const leaving = [...servers(unwanted), ...outdated];
  const courses = servers(wanted).map((server) => {
    const pair = { server, present: find(current, server), applied: applied.get(server.instanceId) };
    return courseOf(pair, awaitRunning);
  });
  const sidecars = planSidecars(current, wanted, awaitRunning);
  const phase = (part: keyof Course) => courses.flatMap((course) => course[part] ?? []);

  const stops = [
    ...leaving.filter(({ power }) => power !== 'stopped').map((server) => step('stopServer', server)),
    ...phase('stop'),
  ];
  const isWanted = ({ hostId, with: { name } }: Step) =>
    servers(wanted).some((server) => server.hostId === hostId && server.name === name);

  const phases: Step[][] = [
    // Before anything is stopped, because an image that cannot be had must not stop an engine.
    distinct(phase('image')),
    phase('configure'),
    phase('update'),
    isWayBack ? stops.map((stop) => (isWanted(stop) ? afterRecovery(stop) : stop)) : stops,
    // Engines stop before their sidecars: if an engine cannot be stopped, its sidecars still serve.
    [...sidecars.stop],
    [...leaving.map((server) => step('removeServer', server)), ...sidecars.remove],
    missing.flatMap((resource) =>
      resource.kind === 'network' || resource.kind === 'volume' ? [ensureStep(resource)] : [],
    ),
    phase('begin'),
    phase('logins'),
    phase('ready'),
    // Sidecars start only once the engine is ready.
    [...sidecars.ensure],
    phase('pause'),
    // When all is done, because no cancel is accepted from here on.
    phase('mark'),
    unwanted.filter((resource) => resource.kind === 'network').map((network) => step('removeNetwork', network)),
    unwanted
      .filter((resource) => resource.kind === 'volume' && (removes === 'all' || resource.used === 'no'))
      .map((volume) => step('removeVolume', volume)),
  ];
  return phases.filter((steps) => steps.length > 0);
}

function servers(resources: readonly Resource[]): ServerResource[] {
  return resources.filter((resource) => resource.kind === 'server');
}

/** A missing volume that held data: an empty one in its place would hide the loss (`volume_missing`). */
function isLost({ kind, name, hostId }: Resource, wanted: readonly Resource[]): boolean {
  const user = servers(wanted).find((server) => server.hostId === hostId && server.template?.volumeName === name);
  return kind === 'volume' && user?.template?.initialized === true;
}

/** A server created from another template is replaced; its volume stays. */
function isOutdated(server: ServerResource, wanted: readonly Resource[]): boolean {
  const goal = find(wanted, server);
  return goal !== undefined && !fits(server, goal);
}

/** A container keeps its networks and its published port: without that network, or with another port, it is recreated. */
function fits(server: ServerResource, goal: ServerResource): boolean {
  return (
    server.templateHash === goal.templateHash &&
    isPublishedAs(server.binding, goal.binding) &&
    goal.networkNames.every((name) => server.networkNames.includes(name))
  );
}

/** The steps for one server, by phase. */
interface Course {
  readonly image?: Step;
  readonly configure?: Step;
  readonly update?: Step;
  readonly stop?: Step;
  readonly begin?: Step;
  readonly logins?: Step;
  readonly ready?: Step;
  readonly mark?: Step;
  readonly pause?: Step;
}

/** The steps from the current server to the wanted one; a server of another template is recreated. */
function courseOf(pair: Pair, awaitRunning: boolean): Course {
  const { server, present } = pair;
  const mark = marksUse(server) ? { mark: markStep(server) } : {};
  if (present === undefined || !fits(present, server)) return { ...imageCourse(server), ...beginning(pair), ...mark };
  const update = isSameSize(present.limits, server.limits) ? {} : { update: updateStep(server) };
  return { ...update, ...courseFrom(present, pair, awaitRunning), ...mark };
}

function imageCourse({ hostId, template }: ServerResource): Course {
  return template === null ? {} : { image: { do: 'ensureImage', hostId, with: { name: imageOf(template) } } };
}

/** Servers on one host may share an image. */
function distinct(steps: readonly Step[]): Step[] {
  return [...new Map(steps.map((one) => [`${one.hostId} ${one.with.name}`, one])).values()];
}

/** The steps for a server without a container. */
function beginning(pair: Pair): Course {
  const { server } = pair;
  switch (server.power) {
    case 'stopped':
      return { begin: begin('createServer', server) };
    case 'paused':
      return { ...started(pair), pause: step('pauseServer', server) };
    case 'running':
      return started(pair);
  }
}

function courseFrom(present: ServerResource, pair: Pair, awaitRunning: boolean): Course {
  const { server, applied } = pair;
  const change = settingsChange(present, applied, server);
  const stop = present.power === 'stopped' ? {} : { stop: step('stopServer', server) };
  const pause = { pause: step('pauseServer', server) };
  switch (server.power) {
    case 'stopped':
      // Its files are written while it is stopped.
      return { ...stop, ...(change === 'none' ? {} : { begin: begin('createServer', server) }) };
    case 'paused':
      if (present.power === 'running') return { ...tuned(change, pair), ...pause };
      return present.power === 'paused' && change === 'none' ? {} : { ...stop, ...started(pair), ...pause };
    case 'running':
      if (present.power === 'running') return runningCourse(change, pair, awaitRunning);
      if (present.power === 'stopped' || change !== 'none') return { ...stop, ...started(pair) };
      return { begin: step('resumeServer', server), ready: readyStep(server) };
  }
}

/** A running server whose engine was never ready may lack its roles. */
function runningCourse(change: SettingsChange, pair: Pair, awaitRunning: boolean): Course {
  if (pair.server.template?.initialized === false) {
    return change === 'none' ? started(pair) : { stop: step('stopServer', pair.server), ...started(pair) };
  }
  const course = { ...tuned(change, pair), ...loginsCourse(pair) };
  return awaitRunning || Object.keys(course).length > 0 ? { ...course, ready: readyStep(pair.server) } : {};
}

/** New settings for a running engine are checked and reloaded first, so that rejected settings change nothing. */
function tuned(change: SettingsChange, pair: Pair): Course {
  const { server } = pair;
  switch (change) {
    case 'none':
      return {};
    case 'reload':
      return { configure: begin('configureServer', server) };
    case 'restart':
      return { configure: begin('configureServer', server), stop: step('stopServer', server), ...started(pair) };
  }
}

function started(pair: Pair): Course {
  return { begin: begin('ensureServer', pair.server), ...loginsCourse(pair), ready: readyStep(pair.server) };
}

/** Whether a plan leads to an engine that people can use for the first time. */
function marksUse({ template, power }: ServerResource): boolean {
  return template?.initialized === false && power === 'running';
}

/** Roles for an engine that may have none yet, or whose password is not the wanted one. */
function loginsCourse({ server, applied }: Pair): Course {
  const isOther = applied !== undefined && applied.credentials !== server.credentials;
  return server.template?.initialized === false || isOther ? { logins: loginsStep(server) } : {};
}

/** The kinds whose only input is a name. */
type StepKindByName = 'stopServer' | 'resumeServer' | 'pauseServer' | 'removeServer' | 'removeNetwork' | 'removeVolume';

function step<Kind extends StepKindByName>(kind: Kind, { name, hostId }: Resource): Step {
  return { do: kind, hostId, with: { name } } as Step;
}

function afterRecovery(stop: Step): Step {
  return { ...stop, with: { ...stop.with, awaitsRecovery: true } } as Step;
}

function ensureStep({ kind, name, hostId }: NetworkResource | VolumeResource): Step {
  return { do: kind === 'network' ? 'ensureNetwork' : 'ensureVolume', hostId, with: { name } };
}

function begin(kind: 'ensureServer' | 'createServer' | 'configureServer', server: ServerResource): Step {
  const { name, hostId, instanceId, template, templateHash } = server;
  if (template === null) throw new TypeError(`the wanted server ${name} has no template`);
  const mark = marksUse(server) ? { marksUse: true } : {};
  return { do: kind, hostId, with: { name, instanceId, template, templateHash, ...mark } };
}

function markStep({ name, hostId, template }: ServerResource): Step {
  if (template === null) throw new TypeError(`the wanted server ${name} has no template`);
  return { do: 'markUsed', hostId, with: { name, version: template.version } };
}

function updateStep({ name, hostId, limits }: ServerResource): Step {
  return { do: 'updateServer', hostId, with: { name, limits } };
}

function loginsStep({ name, hostId, instanceId, credentials }: ServerResource): Step {
  if (credentials === null) throw new TypeError(`the wanted server ${name} has no credentials`);
  return { do: 'ensureLogins', hostId, with: { name, instanceId, credentials } };
}

function readyStep({ name, hostId, instanceId }: ServerResource): Step {
  return { do: 'awaitReady', hostId, with: { name, instanceId } };
}
