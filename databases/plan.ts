import type { Resource, ServerResource } from './resources';
import type { Plan, Step } from './steps';

export interface PlanOptions {
  /** Whether a server that runs is to be awaited too: that its container runs does not say that its engine answers. */
  readonly awaitRunning: boolean;
}

/**
 * The steps from what is to what is wanted. Pure, so that going back is planning too: toward the former resources, from
 * whatever there is by then.
 *
 * The order of the phases is the order of safety: servers that must go are stopped before anything is taken from them,
 * what a server needs is there before it starts, and what destroys data comes last.
 */
export function planChange(
  current: readonly Resource[],
  wanted: readonly Resource[],
  { awaitRunning }: PlanOptions = { awaitRunning: false },
): Plan {
  const missing = wanted.filter((resource) => find(current, resource) === undefined && !isLost(resource, wanted));
  const unwanted = current.filter((resource) => find(wanted, resource) === undefined);
  const outdated = servers(current).filter((server) => isOutdated(server, wanted));
  const leaving = [...servers(unwanted), ...outdated];
  const courses = servers(wanted).map((server) => courseOf(server, find(current, server), awaitRunning));
  const phase = (part: keyof Course) => courses.flatMap((course) => course[part] ?? []);

  const phases: Step[][] = [
    [
      ...leaving.filter(({ power }) => power !== 'stopped').map((server) => step('stopServer', server)),
      ...phase('stop'),
    ],
    leaving.map((server) => step('removeServer', server)),
    missing.flatMap((resource) => (resource.kind === 'server' ? [] : [ensureStep(resource)])),
    phase('begin'),
    phase('logins'),
    phase('ready'),
    phase('pause'),
    unwanted.filter((resource) => resource.kind === 'network').map((network) => step('removeNetwork', network)),
    unwanted.filter((resource) => resource.kind === 'volume').map((volume) => step('removeVolume', volume)),
  ];
  return phases.filter((steps) => steps.length > 0);
}

function servers(resources: readonly Resource[]): ServerResource[] {
  return resources.filter((resource) => resource.kind === 'server');
}

/** The same resource among others: kind, name and host are its identity. */
function find<Kind extends Resource>(among: readonly Resource[], one: Kind): Kind | undefined {
  return among.find(
    (other): other is Kind => other.kind === one.kind && other.name === one.name && other.hostId === one.hostId,
  );
}

/** A volume that held data and is gone: an empty one in its place would hide the loss (`volume_missing`). */
function isLost({ kind, name, hostId }: Resource, wanted: readonly Resource[]): boolean {
  const user = servers(wanted).find((server) => server.hostId === hostId && server.template?.volumeName === name);
  return kind === 'volume' && user?.template?.initialized === true;
}

/** A server made from another template is replaced, on the same volume. */
function isOutdated(server: ServerResource, wanted: readonly Resource[]): boolean {
  const goal = find(wanted, server);
  return goal !== undefined && goal.templateHash !== server.templateHash;
}

/** What happens to one server, by phases. */
interface Course {
  readonly stop?: Step;
  readonly begin?: Step;
  readonly logins?: Step;
  readonly ready?: Step;
  readonly pause?: Step;
}

/** From what a server is to what it is to be; one of another template is made anew. */
function courseOf(server: ServerResource, present: ServerResource | undefined, awaitRunning: boolean): Course {
  const from = present?.templateHash === server.templateHash ? present.power : 'missing';
  switch (server.power) {
    case 'stopped':
      if (from === 'stopped') return {};
      return from === 'missing' ? { begin: begin('createServer', server) } : { stop: step('stopServer', server) };
    case 'paused':
      if (from === 'paused') return {};
      return { ...(from === 'running' ? {} : started(server)), pause: step('pauseServer', server) };
    case 'running':
      if (from === 'paused') return { begin: step('resumeServer', server), ready: readyStep(server) };
      // A server whose engine was never ready may lack its roles although it runs.
      if (from !== 'running' || server.template?.initialized === false) return started(server);
      return awaitRunning ? { ready: readyStep(server) } : {};
  }
}

function started(server: ServerResource): Course {
  const course = { begin: begin('ensureServer', server), ready: readyStep(server) };
  return server.template?.initialized === false ? { ...course, logins: loginsStep(server) } : course;
}

/** The kinds that are told a name and no more. */
type StepKindByName = 'stopServer' | 'resumeServer' | 'pauseServer' | 'removeServer' | 'removeNetwork' | 'removeVolume';

function step<Kind extends StepKindByName>(kind: Kind, { name, hostId }: Resource): Step {
  return { do: kind, hostId, with: { name } } as Step;
}

function ensureStep({ kind, name, hostId }: Exclude<Resource, ServerResource>): Step {
  return { do: kind === 'network' ? 'ensureNetwork' : 'ensureVolume', hostId, with: { name } };
}

function begin(
  kind: 'ensureServer' | 'createServer',
  { name, hostId, instanceId, template, templateHash }: ServerResource,
): Step {
  if (template === null) throw new TypeError(`the wanted server ${name} has no template`);
  return { do: kind, hostId, with: { name, instanceId, template, templateHash } };
}

function loginsStep({ name, hostId, instanceId }: ServerResource): Step {
  return { do: 'ensureLogins', hostId, with: { name, instanceId } };
}

function readyStep({ name, hostId, instanceId }: ServerResource): Step {
  return { do: 'awaitReady', hostId, with: { name, instanceId } };
}
