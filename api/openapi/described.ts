import type { ApiDependencies } from '../dependencies';
import type { Route } from '../route';
import { allRoutes } from '../routes/all';

/** The rows of all routes with nothing behind them: to be described, and never called. */
export function describedRoutes(): Route[] {
  return allRoutes({ catalogue: { images: {} } } as ApiDependencies);
}
