import type { Request, RequestHandler } from 'express';
import { presentsKey } from '../agent/bearer';
import { DatabaseError } from '../databases/errors';

/** Who asks. One key and one tenant for now; keys, roles and tenants grow here. */
export interface Principal {
  readonly actor: string;
  readonly tenantId: string;
}

const administrator: Principal = { actor: 'admin', tenantId: 'default' };

const principals = new WeakMap<Request, Principal>();

/** Requires the bearer key, before anything of the request but its headers is looked at. */
export function authenticate(adminKey: string): RequestHandler {
  return (request, _response, next) => {
    if (!presentsKey(request, adminKey)) {
      throw new DatabaseError('unauthenticated', 'expected the header Authorization: Bearer <key> with a valid key');
    }
    principals.set(request, administrator);
    next();
  };
}

export function principalOf(request: Request): Principal {
  const principal = principals.get(request);
  if (principal === undefined) throw new DatabaseError('unauthenticated', 'the request was not authenticated');
  return principal;
}
