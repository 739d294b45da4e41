import type { Call } from '../containers/backend';
import { type Labels, labelsOf } from '../domain/names';
import type { OperationRef } from '../domain/operations/operations';
import { imageOf } from '../domain/planning/pins';
import type { StepInputs } from '../domain/planning/steps';
import type { EngineAddress } from '../postgres/engine';
import { newPassword } from '../postgres/scram';
import { exporterSpecOf, poolerSpecOf } from '../postgres/sidecars/sidecars';
import type { HostDependencies } from './host-ports';
import type { StepTask } from './types';

type Sidecar = StepInputs['ensureSidecar'];
type Dependencies = Pick<HostDependencies, 'store' | 'backend' | 'sidecars' | 'installation'>;

/** Makes a sidecar run and serve, with a role in the engine and a port that it keeps. */
export function createEnsureSidecar({ store, backend, sidecars, installation }: Dependencies) {
  function labelsFor({ tenantId, databaseId, operationId, with: sidecar }: StepTask<'ensureSidecar'>): Labels {
    const { instanceId, role, templateHash } = sidecar;
    const owner = { installation, tenantId, databaseId };
    return labelsOf(owner, { operationId, instanceId, sidecar: role, specHash: templateHash });
  }

  async function start(
    { name, instanceId, role, template }: Sidecar,
    labels: Labels,
    { host: hostIp, port: hostPort }: EngineAddress,
    call: Call,
  ): Promise<void> {
    const { networkName, engineHost } = template;
    const image = await backend.ensureImage(imageOf(template), call);
    const place = { name, labels, image, networkName, engineHost, publish: { hostIp, hostPort } };
    await backend.ensureContainer(role === 'pooler' ? poolerSpecOf(place) : exporterSpecOf(place), call);
    const container = await backend.inspectContainer(name, call);
    if (container !== null) {
      await store.pins.record({ ...container, instanceId, part: role, reference: template.image });
    }
    await backend.startContainer(name, labels, call);
  }

  async function serve(
    { tenantId, databaseId }: Pick<OperationRef, 'tenantId' | 'databaseId'>,
    { name, role, template }: Sidecar,
    address: EngineAddress,
    call: Call,
  ): Promise<void> {
    const { pool, engineHost } = template;
    const password = await store.secrets.read(databaseId, role);
    if (role === 'exporter' || pool === null) {
      await sidecars.ensureExporterReady({ name, address, files: { password } }, call);
      return;
    }
    const monitor = await store.secrets.ensure(tenantId, databaseId, 'monitor', newPassword);
    await sidecars.ensurePoolerReady({ name, address, files: { password, engineHost, ...pool } }, monitor, call);
  }

  return async (task: StepTask<'ensureSidecar'>, call: Call): Promise<void> => {
    const { tenantId, databaseId, with: sidecar } = task;
    const { name, role, template } = sidecar;
    const address = await store.sidecars.address(sidecar, name);
    const password = await store.secrets.ensure(tenantId, databaseId, role, newPassword);
    if (role === 'pooler') await sidecars.ensurePoolerLogin(template.serverName, password, call);
    else await sidecars.ensureExporterLogin(template.serverName, password, call);
    await start(sidecar, labelsFor(task), address, call);
    await serve(task, sidecar, address, call);
    await store.sidecars.markServing(sidecar);
  };
}
