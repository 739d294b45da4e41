import { createAccept } from './accept';
import type { Cipher } from './cipher';
import { createClient, type StoreSettings } from './client';
import { createCounts } from './counts';
import { createDatabases } from './databases';
import { translated } from './errors';
import { createEvents } from './events';
import { createFinish } from './finish';
import { createHosts } from './hosts';
import { createInstances } from './instances';
import { createObservations } from './observations';
import { createOperations } from './operations';
import { createProgress } from './progress';
import { createReconcilers } from './reconcilers';
import { createRepairs } from './repairs';
import { createSecrets } from './secrets';
import { createSidecarRecords } from './sidecars';

/** The store: PostgreSQL behind one repository per noun. Every call may throw `store_unavailable`. */
export type Store = ReturnType<typeof createStore>;

export function createStore(settings: StoreSettings, cipher: Cipher) {
  const { prisma, pool } = createClient(settings);
  return {
    /** The connections of this process (D09). */
    pool,
    accept: createAccept(prisma),
    counts: createCounts(prisma),
    databases: createDatabases(prisma),
    events: createEvents(prisma),
    finish: createFinish(prisma),
    hosts: createHosts(prisma),
    instances: createInstances(prisma),
    observations: createObservations(prisma),
    operations: createOperations(prisma),
    progress: createProgress(prisma),
    reconcilers: createReconcilers(prisma),
    repairs: createRepairs(prisma),
    sidecars: createSidecarRecords(prisma),
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
