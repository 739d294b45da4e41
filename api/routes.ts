import { auditRoutes } from './access/audit';
import { keyRoutes } from './access/keys';
import { tenantRoutes } from './access/tenants';
import { hostRoutes } from './capacity/hosts';
import { quotaRoutes } from './capacity/quotas';
import { changeRoutes } from './databases/changes';
import { databaseRoutes } from './databases/databases';
import { deletedDatabaseRoutes } from './databases/deleted';
import { instanceRoutes } from './databases/instances';
import { logRoutes } from './databases/logs';
import { statsRoutes } from './databases/stats';
import type { ApiDependencies } from './dependencies';
import { healthCheckRoutes } from './health/health-checks';
import { reconcilerRoutes } from './health/reconcilers';
import type { Route } from './http/route';
import { installationRoutes } from './installation/installation';
import { metricsRoute } from './metrics/route';
import { bindingRoutes } from './notifications/bindings';
import { channelRoutes } from './notifications/channels';
import { deliveryRoutes } from './notifications/deliveries';
import { eventStreamRoutes } from './operations/event-streams';
import { eventRoutes } from './operations/events';
import { operationRoutes } from './operations/operations';

/** Every route that needs a key: serving, authorization and the API document all derive from this table. */
export function allRoutes(dependencies: ApiDependencies): Route[] {
  return [
    ...databaseRoutes(dependencies),
    ...changeRoutes(dependencies),
    ...deletedDatabaseRoutes(dependencies),
    ...instanceRoutes(dependencies),
    ...operationRoutes(dependencies),
    ...installationRoutes(dependencies),
    ...hostRoutes(dependencies),
    ...quotaRoutes(dependencies),
    ...healthCheckRoutes(dependencies),
    ...reconcilerRoutes(dependencies),
    ...logRoutes(dependencies),
    ...statsRoutes(dependencies),
    ...eventRoutes(dependencies),
    ...eventStreamRoutes(dependencies),
    ...channelRoutes(dependencies),
    ...deliveryRoutes(dependencies),
    ...bindingRoutes(dependencies),
    ...auditRoutes(dependencies),
    ...keyRoutes(dependencies),
    ...tenantRoutes(dependencies),
    metricsRoute(dependencies),
  ];
}
