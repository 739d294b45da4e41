import type { Engine } from '../../activities/engine';
import type { HostPorts } from '../../compose';
import { createMemoryBackend, type MemoryBackend } from '../../containers/memory';
import { newPassword } from '../../postgres/scram';
import type { Store } from '../../store/store';

/** A host in memory, whose engines are ready as soon as their containers run. */
export function memoryHost(backend: MemoryBackend = createMemoryBackend(), engine: Partial<Engine> = {}) {
  return (_config: unknown, store: Store): HostPorts => ({
    backend,
    engine: {
      awaitAnswer: async () => undefined,
      ensureLogins: async (_name, { databaseId, tenantId }) => {
        await store.secrets.ensure(tenantId, databaseId, 'owner', newPassword);
      },
      awaitReady: async () => undefined,
      ...engine,
    },
  });
}
