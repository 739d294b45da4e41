import type { Logger } from 'pino';
import type { HostPorts } from '../activities/host-ports';
import type { WorkerConfig } from '../config/config';
import type { Backend } from '../containers/backend';
import { createMemoryBackend } from '../containers/memory';
import type { Engine } from '../postgres/engine';
import { newPassword } from '../postgres/scram';
import type { Sidecars } from '../postgres/sidecars/sidecars';
import { ownerSecret } from '../store/databases/secrets';
import type { Store } from '../store/store';
import { resilientBackend } from '../worker/compose';

/** Creates a worker's ports to its host; `direct` is the host itself, without the layers in front of it. */
export type HostOf = ((config: WorkerConfig, store: Store, logger: Logger) => HostPorts) & {
  readonly direct?: Backend;
};

/** A host in memory, whose engines are ready as soon as their containers run. */
export function memoryHost(
  backend: Backend = createMemoryBackend(),
  engine: Partial<Engine> = {},
  sidecars: Partial<Sidecars> = {},
) {
  const ports = (config: WorkerConfig, store: Store, logger: Logger): HostPorts => ({
    backend: resilientBackend(config, backend, logger),
    engine: {
      awaitAnswer: async () => undefined,
      ensureLogins: async (_name, { databaseId, tenantId }, credentials) => {
        await store.secrets.ensure(tenantId, databaseId, ownerSecret(credentials), newPassword);
      },
      configure: async () => undefined,
      restartSettings: async () => ['max_connections', 'shared_buffers'],
      awaitReady: async () => undefined,
      checkpoint: async () => undefined,
      awaitSettled: async () => undefined,
      observe: async () => [],
      check: async () => null,
      ...engine,
    },
    sidecars: {
      ensurePoolerLogin: async () => undefined,
      ensureExporterLogin: async () => undefined,
      ensurePoolerReady: async () => undefined,
      ensureExporterReady: async () => undefined,
      ...sidecars,
    },
  });
  return Object.assign(ports, { direct: backend }) satisfies HostOf;
}
