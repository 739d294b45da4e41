import type { ContainerCreateOptions, HostConfig, MountSettings } from 'dockerode';
import type { ContainerSpec, Limits, VolumeMount } from '../backend';

/** The body of `POST /containers/create` (Docker Engine API 1.41). Fresh on every call, as dockerode changes it. */
export function createBody(spec: ContainerSpec): ContainerCreateOptions {
  return {
    Image: spec.image,
    Entrypoint: spec.command.slice(0, 1),
    Cmd: spec.command.slice(1),
    Env: Object.entries(spec.env).map(([name, value]) => `${name}=${value}`),
    User: spec.user,
    Labels: { ...spec.labels },
    StopSignal: spec.stopSignal,
    StopTimeout: spec.stopTimeoutSeconds,
    ExposedPorts: { [portKey(spec)]: {} },
    Healthcheck: { Test: ['NONE'] },
    HostConfig: { ...hardening, ...limits(spec), ...places(spec) },
    NetworkingConfig: { EndpointsConfig: { [spec.network.name]: { Aliases: [...spec.network.aliases] } } },
  };
}

/** What every container of ours gives up, and what keeps a daemon from starting it behind our back. */
const hardening = {
  CapDrop: ['ALL'],
  SecurityOpt: ['no-new-privileges'],
  ReadonlyRootfs: true,
  Privileged: false,
  // The server is process 1 and reaps its own; a daemon may be set to put an init of its own before it.
  Init: false,
  RestartPolicy: { Name: 'no' },
  LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } },
} satisfies HostConfig;

/** Memory and swap together have the limit of memory alone, so that there is no swap. */
export function limitsBody({ nanoCpus, memoryBytes }: Limits) {
  return { NanoCpus: nanoCpus, Memory: memoryBytes, MemorySwap: memoryBytes };
}

function limits({ shmBytes, pidsLimit, ...spec }: ContainerSpec): HostConfig {
  return { ...limitsBody(spec), ShmSize: shmBytes, PidsLimit: pidsLimit };
}

function places(spec: ContainerSpec): HostConfig {
  const { hostIp, hostPort } = spec.publish;
  return {
    NetworkMode: spec.network.name,
    Mounts: spec.volume === null ? [] : [volumeMount(spec.volume)],
    Tmpfs: { ...spec.tmpfs },
    PortBindings: { [portKey(spec)]: [{ HostIp: hostIp, HostPort: String(hostPort) }] },
  } as HostConfig;
}

function volumeMount({ name, mountPath }: VolumeMount): MountSettings {
  return { Type: 'volume', Source: name, Target: mountPath };
}

function portKey({ publish }: ContainerSpec): string {
  return `${publish.containerPort}/tcp`;
}
