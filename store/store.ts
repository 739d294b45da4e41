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
import { createKeys } from './keys';
import { createObservations } from './observations';
import { createOperations } from './operations';
import { createPlacements } from './placements';
import { createProgress } from './progress';
import { createQuotas } from './quotas';
import { createReconcilers } from './reconcilers';
import { createRepairs } from './repairs';
import { createRequests } from './requests';
import { createResealing } from './resealing';
import { createSecrets } from './secrets';
import { createSidecarRecords } from './sidecars';
import { createTenantScope } from './tenant-scope';
import { createTenants } from './tenants';

/** The store: PostgreSQL behind one repository per noun. Every call may throw `store_unavailable`. */
export type Store = ReturnType<typeof createStore>;

export function createStore(settings: StoreSettings, cipher: Cipher) {
  const { prisma, pool } = createClient(settings);
  const asTenant = createTenantScope(prisma);
  return {
    /** The connections of this process (D09). */
    pool,
    accept: createAccept(asTenant),
    counts: createCounts(prisma),
    databases: createDatabases(asTenant),
    events: createEvents(prisma, asTenant),
    finish: createFinish(prisma),
    hosts: createHosts(prisma),
    instances: createInstances(asTenant),
    keys: createKeys(prisma, asTenant),
    observations: createObservations(prisma, asTenant),
    operations: createOperations(prisma, asTenant),
    placements: createPlacements(prisma),
    progress: createProgress(prisma),
    quotas: createQuotas(prisma),
    reconcilers: createReconcilers(prisma),
    repairs: createRepairs(prisma, asTenant),
    requests: createRequests(prisma),
    resealing: createResealing(prisma, cipher),
    sidecars: createSidecarRecords(prisma),
    secrets: createSecrets(prisma, asTenant, cipher),
    tenants: createTenants(prisma),

    /** One statement there and back. */
    async ping(): Promise<void> {
      await translated('answer', () => prisma.$queryRaw`SELECT 1`);
    },

    async close(): Promise<void> {
      await prisma.$disconnect();
    },
  };
}
