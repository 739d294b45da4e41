import type { ContainerSpec, ContainerState, ObservedContainer } from '../backend';
import type { MemoryLog } from './log';

/** A container of a host in memory. */
export interface MemoryContainer {
  spec: ContainerSpec;
  readonly id: string;
  state: ContainerState;
  startedAt: Date | null;
  exitCode: number | null;
  readonly log: MemoryLog;
  /** The id of the network of its last start; null before the first. */
  networkId: string | null;
}

/** Whether it holds its port and its log is open. */
export function isUp({ state }: Pick<MemoryContainer, 'state'>): boolean {
  return state === 'running' || state === 'paused';
}

/** The container as a listing or an inspection shows it. */
export function observed({ spec, id, state, startedAt, exitCode, networkId }: MemoryContainer): ObservedContainer {
  const { name, labels, image, nanoCpus, memoryBytes, volume, publish, network } = spec;
  const hostPort = isUp({ state }) ? publish.hostPort : null;
  const limits = { nanoCpus, memoryBytes };
  return {
    kind: 'container',
    name,
    id,
    labels,
    image,
    state,
    exitCode,
    oomKilled: false,
    startedAt,
    ...limits,
    hostPort,
    binding: { address: publish.hostIp, port: publish.hostPort },
    volumes: volume === null ? [] : [volume.name],
    networks: { [network.name]: networkId },
  };
}
