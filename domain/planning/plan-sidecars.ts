import { isPublishedAs } from './differences';
import { find, type Resource, type ServerResource, type SidecarResource } from './resources';
import type { Step } from './steps';

/** The steps for sidecars: `stop` and `remove` after the servers have stopped, `ensure` after they are ready. */
export interface SidecarSteps {
  readonly stop: readonly Step[];
  readonly remove: readonly Step[];
  readonly ensure: readonly Step[];
}

/**
 * The steps for sidecars. The sidecars of a paused server stay as they are, unless they are no longer wanted.
 *
 * @param awaitRunning whether running sidecars get their settings again
 */
export function planSidecars(
  current: readonly Resource[],
  wanted: readonly Resource[],
  awaitRunning: boolean,
): SidecarSteps {
  const goals = sidecarsIn(wanted);
  const leaving = sidecarsIn(current).filter((one) => !isSame(one, find(goals, one)));
  const running = goals.filter((goal) => powerOfServer(wanted, goal) === 'running');
  const stopping = goals.filter((goal) => powerOfServer(wanted, goal) === 'stopped' && find(current, goal)?.isRunning);
  const kept = (goal: SidecarResource) => isSame(find(current, goal), goal);
  return {
    stop: stopping.filter(kept).map(({ name, hostId }) => ({ do: 'stopSidecar', hostId, with: { name } })),
    remove: leaving.map(({ name, hostId }) => ({ do: 'removeSidecar', hostId, with: { name } })),
    ensure: running
      .filter((goal) => awaitRunning || !kept(goal) || find(current, goal)?.isRunning !== true)
      .map(ensureStep),
  };
}

/** Whether a container is the wanted one: of the same template, published in the same place, and on the current network. */
function isSame(present: SidecarResource | undefined, goal: SidecarResource | undefined): boolean {
  if (present === undefined || goal === undefined) return false;
  return (
    present.templateHash === goal.templateHash &&
    isPublishedAs(present.binding, goal.binding) &&
    goal.networkNames.every((name) => present.networkNames.includes(name))
  );
}

function sidecarsIn(resources: readonly Resource[]): SidecarResource[] {
  return resources.filter((resource) => resource.kind === 'sidecar');
}

function powerOfServer(
  wanted: readonly Resource[],
  { instanceId }: SidecarResource,
): ServerResource['power'] | undefined {
  return wanted.find((one): one is ServerResource => one.kind === 'server' && one.instanceId === instanceId)?.power;
}

function ensureStep({ name, hostId, instanceId, role, template, templateHash }: SidecarResource): Step {
  if (template === null) throw new TypeError(`the wanted sidecar ${name} has no template`);
  return { do: 'ensureSidecar', hostId, with: { name, instanceId, role, template, templateHash } };
}
