import type { ContainerInspectInfo } from 'dockerode';
import type { ContainerState, ObservedContainer } from '../backend';

/** What `GET /containers/{id}/json` says, in our words. */
export function observedContainer(info: ContainerInspectInfo): ObservedContainer {
  const { State: state, Config: config, HostConfig: host } = info;
  const status = stateOf(state.Status);
  return {
    kind: 'container',
    name: info.Name.replace(/^\//, ''),
    id: info.Id,
    labels: config.Labels,
    image: config.Image,
    state: status,
    exitCode: status === 'exited' || status === 'dead' ? state.ExitCode : null,
    oomKilled: state.OOMKilled,
    // A container that never ran has the zero time of Go.
    startedAt: state.StartedAt.startsWith('0001') ? null : new Date(state.StartedAt),
    nanoCpus: host.NanoCpus ?? 0,
    memoryBytes: host.Memory ?? 0,
    hostPort: publishedPort(info),
    volumes: info.Mounts.flatMap(({ Type, Name }) => (Type === 'volume' && Name !== undefined ? [Name] : [])),
    networks: Object.fromEntries(
      Object.entries(info.NetworkSettings.Networks).map(([name, { NetworkID: id }]) => [name, id === '' ? null : id]),
    ),
  };
}

/** Docker's `restarting` cannot be seen under restart policy `no`; anything unknown counts as not running. */
function stateOf(status: string): ContainerState {
  switch (status) {
    case 'created':
    case 'running':
    case 'paused':
    case 'exited':
    case 'removing':
    case 'dead':
      return status;
    default:
      return 'exited';
  }
}

function publishedPort({ NetworkSettings: { Ports: ports } }: ContainerInspectInfo): number | null {
  const [binding] = Object.values(ports ?? {}).flatMap((bindings) => bindings ?? []);
  return binding === undefined ? null : Number(binding.HostPort);
}
