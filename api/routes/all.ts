import type { ApiDependencies } from '../dependencies';
import { metricsRoute } from '../metrics/route';
import type { Route } from '../route';
import { auditRoutes } from './audit';
import { bindingRoutes } from './bindings';
import { changeRoutes } from './changes';
import { databaseRoutes } from './databases';
import { deliveryRoutes } from './deliveries';
import { eventStreamRoutes } from './event-streams';
import { eventRoutes } from './events';
import { healthCheckRoutes } from './health-checks';
import { hostRoutes } from './hosts';
import { instanceRoutes } from './instances';
import { keyRoutes } from './keys';
import { logRoutes } from './logs';
import { channelRoutes } from './notification-channels';
import { operationRoutes } from './operations';
import { quotaRoutes } from './quotas';
import { reconcilingRoutes } from './reconciling';
import { statsRoutes } from './stats';
import { tenantRoutes } from './tenants';

/** Every route that needs a key: what serves, permits and describes reads this table. */
export function allRoutes(dependencies: ApiDependencies): Route[] {
  return [
    ...databaseRoutes(dependencies),
    ...changeRoutes(dependencies),
    ...instanceRoutes(dependencies),
    ...operationRoutes(dependencies),
    ...hostRoutes(dependencies),
    ...quotaRoutes(dependencies),
    ...healthCheckRoutes(dependencies),
    ...reconcilingRoutes(dependencies),
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
