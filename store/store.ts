import { type CheckSettings, defaultCheckSettings } from '../domain/health/checks';
import { createAccept } from './accept';
import { createAudit } from './audit';
import { createAuditChain } from './audit-chain';
import { createBindings } from './bindings';
import { createChannels } from './channels';
import type { Cipher } from './cipher';
import { createClient, type StoreSettings } from './client';
import { createCounts } from './counts';
import { createDatabases } from './databases';
import { createDeliveries } from './deliveries';
import { translated } from './errors';
import { createEvents } from './events';
import { createFinish } from './finish';
import { createHealthChecks } from './health-checks';
import { createHosts } from './hosts';
import { createInstances } from './instances';
import { createKeys } from './keys';
import { createMonitoring } from './monitoring';
import { createObservations } from './observations';
import { createOperations } from './operations';
import { createOutbox } from './outbox';
import { createPlacements } from './placements';
import { createProgress } from './progress';
import { createQuotas } from './quotas';
import { createReconcilers } from './reconcilers';
import { createRepairs } from './repairs';
import { createRequests } from './requests';
import { createResealing } from './resealing';
import { createSecrets } from './secrets';
import { createServers } from './servers';
import { createSidecarRecords } from './sidecars';
import { createStuck } from './stuck';
import { createTenantScope } from './tenant-scope';
import { createTenants } from './tenants';

/** The store: PostgreSQL behind one repository per noun. Every call may throw `store_unavailable`. */
export type Store = ReturnType<typeof createStore>;

export function createStore(
  settings: StoreSettings,
  cipher: Cipher,
  checkDefaults: CheckSettings = defaultCheckSettings,
) {
  const { prisma, reading, pool, close } = createClient(settings);
  const asTenant = createTenantScope(prisma);
  return {
    /** The connections of this process (D09). */
    pool,
    audit: createAudit(prisma, asTenant),
    auditChain: createAuditChain(prisma),
    accept: createAccept(asTenant, checkDefaults),
    bindings: createBindings(asTenant),
    channels: createChannels(asTenant, cipher),
    counts: createCounts(prisma),
    databases: createDatabases(reading),
    deliveries: createDeliveries(prisma, asTenant, cipher),
    events: createEvents(prisma, asTenant),
    finish: createFinish(prisma, asTenant),
    healthChecks: createHealthChecks(prisma, asTenant),
    monitoring: createMonitoring(prisma, checkDefaults),
    hosts: createHosts(prisma),
    instances: createInstances(reading),
    keys: createKeys(prisma, asTenant, reading),
    observations: createObservations(prisma, asTenant),
    operations: createOperations(prisma, reading),
    outbox: createOutbox(prisma),
    placements: createPlacements(prisma),
    progress: createProgress(prisma, reading),
    servers: createServers(prisma),
    quotas: createQuotas(prisma, reading),
    reconcilers: createReconcilers(prisma),
    repairs: createRepairs(prisma, asTenant, reading),
    requests: createRequests(prisma),
    resealing: createResealing(prisma, cipher),
    sidecars: createSidecarRecords(prisma),
    secrets: createSecrets(prisma, asTenant, cipher),
    stuck: createStuck(prisma),
    tenants: createTenants(prisma),

    /** One statement there and back. */
    async ping(): Promise<void> {
      await translated('answer', () => prisma.$queryRaw`SELECT 1`);
    },

    close,
  };
}
