import { type CheckSettings, defaultCheckSettings } from '../domain/health/checks';
import { createAudit } from './access/audit';
import { createAuditChain } from './access/audit-chain';
import { createKeys } from './access/keys';
import { createTenants } from './access/tenants';
import { createHosts } from './capacity/hosts';
import { createLostHosts } from './capacity/lost-hosts';
import { createPlacements } from './capacity/placements';
import { createQuotas } from './capacity/quotas';
import { createHostSilence } from './capacity/silence';
import { createWorkers } from './capacity/workers';
import type { Cipher } from './connection/cipher';
import { createClient, type StoreSettings } from './connection/client';
import { storeTime } from './connection/clock';
import { translated } from './connection/errors';
import { createTenantScope } from './connection/tenant-scope';
import { createCounts } from './counts';
import { createDatabases } from './databases/databases';
import { createInstances } from './databases/instances';
import { createPins } from './databases/pins';
import { createResealing } from './databases/resealing';
import { createSecrets } from './databases/secrets';
import { createServers } from './databases/servers';
import { createSidecarRecords } from './databases/sidecars';
import { createHealthChecks } from './health/health-checks';
import { createMonitoring } from './health/monitoring';
import { createObservations } from './health/observations';
import { createReconcilers } from './health/reconcilers';
import { createInstallation } from './installation/installation';
import { createLeases } from './leases';
import { createBindings } from './notifications/bindings';
import { createChannels } from './notifications/channels';
import { createDeliveries } from './notifications/deliveries';
import { createOutbox } from './notifications/outbox';
import { createAbort } from './operations/abort';
import { createCancel } from './operations/cancel';
import { createDatabaseChange } from './operations/change';
import { createDatabaseCreation } from './operations/create';
import { createEvents } from './operations/events';
import { createFinish } from './operations/finish';
import { createOperationReads } from './operations/operations';
import { createPurges } from './operations/purge';
import { createRecovery } from './operations/recover';
import { createRepairs } from './operations/repairs';
import { createRequests } from './operations/requests';
import { createRetention } from './operations/retention';
import { createRunRecords } from './operations/runs';
import { createSteps } from './operations/steps';
import { createStuckReport } from './operations/stuck';

/** The store: PostgreSQL behind one repository per noun. Every call may throw `store_unavailable`. */
export type Store = ReturnType<typeof createStore>;

export function createStore(
  settings: StoreSettings,
  cipher: Cipher,
  checkDefaults: CheckSettings = defaultCheckSettings,
) {
  const { prisma, reading, pool, observeStatements, close } = createClient(settings);
  const asTenant = createTenantScope(prisma);
  return {
    /** The connections of this process. */
    pool,
    observeStatements,
    audit: createAudit(prisma, asTenant),
    auditChain: createAuditChain(prisma),
    bindings: createBindings(asTenant),
    channels: createChannels(asTenant, cipher),
    counts: createCounts(prisma),
    databases: createDatabases(reading),
    deliveries: createDeliveries(prisma, asTenant, cipher),
    events: createEvents(prisma, asTenant),
    healthChecks: createHealthChecks(prisma, asTenant),
    monitoring: createMonitoring(prisma, checkDefaults),
    hosts: createHosts(prisma),
    hostSilence: createHostSilence(prisma),
    installation: createInstallation(prisma),
    instances: createInstances(reading),
    lostHosts: createLostHosts(prisma),
    keys: createKeys(prisma, asTenant, reading),
    leases: createLeases(prisma),
    observations: createObservations(prisma, asTenant),
    operations: {
      ...createOperationReads(prisma, reading),
      ...createDatabaseCreation(asTenant, checkDefaults),
      ...createDatabaseChange(asTenant),
      ...createRepairs(prisma),
      ...createRunRecords(prisma, reading),
      ...createFinish(prisma),
      ...createCancel(prisma, asTenant),
      ...createAbort(prisma),
      ...createRecovery(prisma),
      ...createPurges(prisma),
      ...createStuckReport(prisma),
    },
    outbox: createOutbox(prisma),
    pins: createPins(prisma),
    placements: createPlacements(prisma),
    servers: createServers(prisma),
    quotas: createQuotas(prisma, reading),
    reconcilers: createReconcilers(prisma),
    requests: createRequests(prisma),
    retention: createRetention(prisma),
    resealing: createResealing(prisma, cipher),
    sidecars: createSidecarRecords(prisma),
    secrets: createSecrets(prisma, asTenant, cipher),
    steps: createSteps(prisma, reading),
    tenants: createTenants(prisma),
    workers: createWorkers(prisma),

    /** One round trip. */
    async ping(): Promise<void> {
      await translated('answer', () => prisma.$queryRaw`SELECT 1`);
    },

    /** The time by the store's clock. */
    async now(): Promise<Date> {
      return translated("read the store's clock", () => storeTime(prisma));
    },

    close,
  };
}
