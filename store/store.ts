import { type CheckSettings, defaultCheckSettings } from '../domain/health/checks';
import { createAudit } from './access/audit';
import { createAuditChain } from './access/audit-chain';
import { createKeys } from './access/keys';
import { createTenants } from './access/tenants';
import { createHosts } from './capacity/hosts';
import { createPlacements } from './capacity/placements';
import { createQuotas } from './capacity/quotas';
import type { Cipher } from './connection/cipher';
import { createClient, type StoreSettings } from './connection/client';
import { translated } from './connection/errors';
import { createTenantScope } from './connection/tenant-scope';
import { createCounts } from './counts';
import { createDatabases } from './databases/databases';
import { createInstances } from './databases/instances';
import { createResealing } from './databases/resealing';
import { createSecrets } from './databases/secrets';
import { createServers } from './databases/servers';
import { createSidecarRecords } from './databases/sidecars';
import { createHealthChecks } from './health/health-checks';
import { createMonitoring } from './health/monitoring';
import { createObservations } from './health/observations';
import { createReconcilers } from './health/reconcilers';
import { createBindings } from './notifications/bindings';
import { createChannels } from './notifications/channels';
import { createDeliveries } from './notifications/deliveries';
import { createOutbox } from './notifications/outbox';
import { createAccept } from './operations/accept';
import { createEvents } from './operations/events';
import { createFinish } from './operations/finish';
import { createOperations } from './operations/operations';
import { createProgress } from './operations/progress';
import { createRepairs } from './operations/repairs';
import { createRequests } from './operations/requests';
import { createStuck } from './operations/stuck';

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
    /** The connections of this process. */
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
