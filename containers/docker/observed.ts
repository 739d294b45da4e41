import type { ContainerInspectInfo, HostConfig } from 'dockerode';
import type { Binding } from '../../domain/planning/pins';
import type { ContainerState, ObservedContainer } from '../backend';

type PortBindings = Record<string, { HostIp?: string; HostPort?: string }[]>;

/** Converts the response of `GET /containers/{id}/json`. */
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
    // Go's zero time marks a container that never ran.
    startedAt: state.StartedAt.startsWith('0001') ? null : new Date(state.StartedAt),
    nanoCpus: host.NanoCpus ?? 0,
    memoryBytes: host.Memory ?? 0,
    hostPort: publishedPort(info),
    binding: bindingOf(host.PortBindings),
    volumes: info.Mounts.flatMap(({ Type, Name }) => (Type === 'volume' && Name !== undefined ? [Name] : [])),
    networks: Object.fromEntries(
      Object.entries(info.NetworkSettings.Networks).map(([name, { NetworkID: id }]) => [name, id === '' ? null : id]),
    ),
  };
}

/** Unknown states count as not running. Docker's `restarting` does not occur under restart policy `no`. */
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

/** As the container was created with: a container that is stopped has it too. */
function bindingOf(bindings: HostConfig['PortBindings']): Binding | null {
  const [[binding] = []] = Object.values((bindings ?? {}) as PortBindings);
  return binding === undefined ? null : { address: binding.HostIp ?? '', port: Number(binding.HostPort) };
}
