import { createAccept } from './accept';
import type { Cipher } from './cipher';
import { createClient, type StoreSettings } from './client';
import { createDatabases } from './databases';
import { translated } from './errors';
import { createFinish } from './finish';
import { createHosts } from './hosts';
import { createOperations } from './operations';
import { createProgress } from './progress';
import { createSecrets } from './secrets';

/** The store: PostgreSQL behind one repository per noun. Every call may throw `store_unavailable`. */
export type Store = ReturnType<typeof createStore>;

export function createStore(settings: StoreSettings, cipher: Cipher) {
  const prisma = createClient(settings);
  return {
    accept: createAccept(prisma),
    databases: createDatabases(prisma),
    finish: createFinish(prisma),
    hosts: createHosts(prisma),
    operations: createOperations(prisma),
    progress: createProgress(prisma),
    secrets: createSecrets(prisma, cipher),

    /** One statement there and back. */
    async ping(): Promise<void> {
      await translated('answer', () => prisma.$queryRaw`SELECT 1`);
    },

    async close(): Promise<void> {
      await prisma.$disconnect();
    },
  };
}
