import type { ApiDependencies } from '../dependencies';
import type { Route } from '../http/route';
import { allRoutes } from '../routes';

/** All routes without dependencies: only to be described, never called. */
export function describedRoutes(): Route[] {
  return allRoutes({ catalogue: { images: {} } } as ApiDependencies);
}
