import type { Resource, ServerResource } from './resources';
import type { Plan, Step } from './steps';

/**
 * The steps from what is to what is wanted. Pure, so that going back is planning too: toward the former resources, from
 * whatever there is by then.
 *
 * The order of the phases is the order of safety: servers that must go are stopped before anything is taken from them,
 * what a server needs is there before it starts, and what destroys data comes last.
 */
export function planChange(current: readonly Resource[], wanted: readonly Resource[]): Plan {
  const missing = wanted.filter((resource) => find(current, resource) === undefined);
  const unwanted = current.filter((resource) => find(wanted, resource) === undefined);
  const outdated = servers(current).filter((server) => isOutdated(server, wanted));
  const leaving = [...servers(unwanted), ...outdated];
  const starting = servers(wanted).filter((server) => needsStart(server, current));

  const phases: Step[][] = [
    leaving.filter((server) => server.running).map((server) => step('stopServer', server)),
    leaving.map((server) => step('removeServer', server)),
    missing.flatMap((resource) => (resource.kind === 'server' ? [] : [ensureStep(resource)])),
    starting.map((server) => startStep(server)),
    starting.filter((server) => server.template?.initialized === false).map((server) => loginsStep(server)),
    starting.map((server) => readyStep(server)),
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

/** A server made from another template is replaced, on the same volume. */
function isOutdated(server: ServerResource, wanted: readonly Resource[]): boolean {
  const goal = find(wanted, server);
  return goal !== undefined && goal.templateHash !== server.templateHash;
}

function needsStart(server: ServerResource, current: readonly Resource[]): boolean {
  const present = find(current, server);
  // A server whose engine was never ready may lack its roles although it runs.
  return (
    present?.running !== true || present.templateHash !== server.templateHash || server.template?.initialized === false
  );
}

function step<Kind extends 'stopServer' | 'removeServer' | 'removeNetwork' | 'removeVolume'>(
  kind: Kind,
  { name, hostId }: Resource,
): Step {
  return { do: kind, hostId, with: { name } } as Step;
}

function ensureStep({ kind, name, hostId }: Exclude<Resource, ServerResource>): Step {
  return { do: kind === 'network' ? 'ensureNetwork' : 'ensureVolume', hostId, with: { name } };
}

function startStep({ name, hostId, instanceId, template, templateHash }: ServerResource): Step {
  if (template === null) throw new TypeError(`the wanted server ${name} has no template`);
  return { do: 'ensureServer', hostId, with: { name, instanceId, template, templateHash } };
}

function loginsStep({ name, hostId, instanceId }: ServerResource): Step {
  return { do: 'ensureLogins', hostId, with: { name, instanceId } };
}

function readyStep({ name, hostId, instanceId }: ServerResource): Step {
  return { do: 'awaitReady', hostId, with: { name, instanceId } };
}
