import type { ApiDependencies } from '../dependencies';
import type { Route } from '../http/route';
import { allRoutes } from '../routes';

/** The rows of all routes with nothing behind them: to be described, and never called. */
export function describedRoutes(): Route[] {
  return allRoutes({ catalogue: { images: {} } } as ApiDependencies);
}
