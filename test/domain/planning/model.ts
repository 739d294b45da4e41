import { instanceIdOf } from '../../../domain/ids';
import type { Owner } from '../../../domain/names';
import {
  type Applied,
  type Catalogue,
  type EngineFacts,
  type Placement,
  type Resource,
  resourcesOf,
  type ServerResource,
} from '../../../domain/planning/resources';
import type { Step } from '../../../domain/planning/steps';
import { noExporter, noPooler, type Spec, sizeClasses } from '../../../domain/spec';

/** Hosts as far as planning knows them: what there is on all of them together. */
export type World = readonly Resource[];

export const owner: Owner = { installation: 'lab', tenantId: 'acme', databaseId: 'ordersdb2345' };

export const catalogue: Catalogue = {
  images: { 16: 'slipway/postgres:16', 17: 'slipway/postgres:17', 18: 'slipway/postgres:18' },
  sidecarImages: { pooler: 'slipway/pooler', exporter: 'slipway/exporter' },
  // As far as a plan is concerned: what follows from the size, and what the user chose.
  settingsOf: ({ size, parameters }) => ({ max_parallel_workers: String(size.nanoCpus / 1e9), ...parameters }),
};

/** What the engines of the model say. */
export const engine: EngineFacts = { restartSettings: ['max_connections'], memoryUsedBytes: 0 };

export const small: Spec = {
  version: '17',
  size: sizeClasses.small,
  parameters: {},
  power: 'running',
  credentials: 1,
  pooler: noPooler,
  exporter: noExporter,
};

/** An instance whose engine has been ready once, unless it is said otherwise. */
export function placed(instanceName: string, hostId: string, initialized = true): Placement {
  return { instanceId: instanceIdOf(owner.databaseId, instanceName), instanceName, hostId, initialized };
}

/** What the test's database consists of, with this specification at these places. */
export function databaseAt(placements: readonly Placement[], spec: Spec | null): Resource[] {
  return resourcesOf(owner, placements, catalogue, spec);
}

/** What is wanted, by records that are true: an instance whose volume is not there has never been ready. */
export function asFoundIn(world: World, wanted: readonly Resource[]): Resource[] {
  return wanted.map((resource) => {
    if (!isServer(resource) || resource.template === null) return resource;
    const { template, hostId } = resource;
    const initialized = template.initialized && has(world, 'volume', template.volumeName, hostId);
    return { ...resource, template: { ...template, initialized } };
  });
}

/** What the engines were told last, as the records have it. */
export function appliedIn(world: World): Map<string, Applied> {
  const servers = world.filter(isServer);
  return new Map(
    servers.map(({ instanceId, template, credentials }) => [
      instanceId,
      { settings: template?.settings ?? null, credentials },
    ]),
  );
}

/** What a look at the hosts gives: no template, as a host knows its hash only, and no password. */
export function observe(world: World): Resource[] {
  const observed = world.map((resource) => {
    if (resource.kind === 'sidecar') return { ...resource, template: null };
    if (!isServer(resource)) return resource;
    const facts = resource.power === 'running' ? { engine } : {};
    return { ...resource, template: null, credentials: null, ...facts };
  });
  return observed.sort((a, b) => (identityOf(a) < identityOf(b) ? -1 : 1));
}

/**
 * The world after a step. Throws where a host would refuse it: a server without its network and volume, or with another
 * server on them, a network or volume that a server has, a server that is removed while it runs. What is there already,
 * or gone already, is no refusal.
 */
export function applyStep(world: World, step: Step): World {
  const { hostId } = step;
  const { name } = step.with;
  const server = world.filter(isServer).find((one) => one.name === name && one.hostId === hostId);
  switch (step.do) {
    case 'ensureNetwork':
      return put(world, { kind: 'network', name, hostId });
    case 'ensureImage':
      return world;
    case 'ensureVolume':
      return put(world, { kind: 'volume', name, hostId });
    case 'ensureServer':
    case 'createServer': {
      const { instanceId, template, templateHash } = step.with;
      requireThat(has(world, 'network', template.networkName, hostId), step, 'its network is missing');
      requireThat(has(world, 'volume', template.volumeName, hostId), step, 'its volume is missing');
      requireThat(server === undefined || server.templateHash === templateHash, step, 'it is made of another template');
      // The limits of one that is there are left as they are, and the settings of one that runs.
      const limits = server?.limits ?? template.size;
      const told = server?.power === 'running' ? { template: server.template } : { template };
      // The password is in the volume's data.
      const credentials = server?.credentials ?? (template.initialized ? 1 : null);
      const power = step.do === 'ensureServer' ? 'running' : (server?.power ?? 'stopped');
      return put(world, {
        kind: 'server',
        name,
        hostId,
        instanceId,
        power,
        ...told,
        templateHash,
        limits,
        credentials,
        networkNames: [template.networkName],
      });
    }
    case 'ensureSidecar': {
      const { instanceId, role, template, templateHash } = step.with;
      const beside = world.filter(isServer).find((one) => one.instanceId === instanceId);
      requireThat(beside?.power === 'running', step, 'its engine does not run');
      requireThat(has(world, 'network', template.networkName, hostId), step, 'its network is missing');
      return put(world, {
        kind: 'sidecar',
        name,
        hostId,
        instanceId,
        role,
        isRunning: true,
        networkNames: [template.networkName],
        template,
        templateHash,
      });
    }
    case 'stopSidecar':
      return world.map((one) =>
        one.kind === 'sidecar' && one.name === name && one.hostId === hostId ? { ...one, isRunning: false } : one,
      );
    case 'removeSidecar':
      return without(world, 'sidecar', name, hostId);
    case 'configureServer': {
      if (server?.power !== 'running') throw new Error(`${step.do} ${name}: it does not run`);
      return put(world, { ...server, template: step.with.template });
    }
    case 'updateServer':
      if (server === undefined) throw new Error(`${step.do} ${name}: it does not exist`);
      return put(world, { ...server, limits: step.with.limits });
    case 'ensureLogins':
      if (server?.power !== 'running') throw new Error(`${step.do} ${name}: it does not run`);
      return put(world, { ...server, credentials: step.with.credentials });
    case 'awaitReady':
    case 'markUsed':
      requireThat(server?.power === 'running', step, 'it does not run');
      return world;
    case 'stopServer':
      return server === undefined ? world : put(world, { ...server, power: 'stopped' });
    case 'pauseServer':
      if (server?.power !== 'running') throw new Error(`${step.do} ${name}: it does not run`);
      return put(world, { ...server, power: 'paused' });
    case 'resumeServer':
      if (server?.power !== 'paused') throw new Error(`${step.do} ${name}: it is not paused`);
      return put(world, { ...server, power: 'running' });
    case 'removeServer':
      requireThat(server === undefined || server.power === 'stopped', step, 'it runs');
      return without(world, 'server', name, hostId);
    case 'removeNetwork':
      requireThat(!isUsed(world, 'networkName', name, hostId), step, 'a server is on it');
      return without(world, 'network', name, hostId);
    case 'removeVolume':
      requireThat(!isUsed(world, 'volumeName', name, hostId), step, 'a server has it');
      return without(world, 'volume', name, hostId);
  }
}

/** A world whose volumes say that nobody has used them. */
export function unused(world: World): Resource[] {
  return world.map((one) => (one.kind === 'volume' ? { ...one, used: 'no' } : one));
}

/** The world after these steps, one after another. */
export function applySteps(world: World, steps: readonly Step[]): World {
  return steps.reduce(applyStep, world);
}

function isServer(resource: Resource): resource is ServerResource {
  return resource.kind === 'server';
}

function identityOf({ kind, name, hostId }: Resource): string {
  return `${hostId} ${kind} ${name}`;
}

function has(world: World, kind: Resource['kind'], name: string, hostId: string): boolean {
  return world.some((one) => one.kind === kind && one.name === name && one.hostId === hostId);
}

function put(world: World, resource: Resource): World {
  return [...without(world, resource.kind, resource.name, resource.hostId), resource];
}

function without(world: World, kind: Resource['kind'], name: string, hostId: string): World {
  return world.filter((one) => one.kind !== kind || one.name !== name || one.hostId !== hostId);
}

function isUsed(world: World, field: 'networkName' | 'volumeName', name: string, hostId: string): boolean {
  return world.filter(isServer).some((server) => server.template?.[field] === name && server.hostId === hostId);
}

function requireThat(holds: boolean, step: Step, otherwise: string): void {
  if (!holds) throw new Error(`${step.do} ${step.with.name} on ${step.hostId}: ${otherwise}`);
}
