import type { ContainerCreateOptions, HostConfig, MountSettings } from 'dockerode';
import type { ContainerSpec, Limits, VolumeMount } from '../backend';

/** The body of `POST /containers/create` (Docker Engine API 1.41). New on every call, because dockerode modifies it. */
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

/** Privileges that all our containers drop, and settings that keep the daemon from restarting them by itself. */
const hardening = {
  CapDrop: ['ALL'],
  SecurityOpt: ['no-new-privileges'],
  ReadonlyRootfs: true,
  Privileged: false,
  // The server is process 1 and reaps its children; a daemon can be configured to put its own init before it.
  Init: false,
  RestartPolicy: { Name: 'no' },
  LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } },
} satisfies HostConfig;

/** `MemorySwap` limits memory and swap together; equal to `Memory`, it leaves no swap. */
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
