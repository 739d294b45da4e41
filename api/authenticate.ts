import type { Request, RequestHandler } from 'express';
import { presentsKey } from '../agent/bearer';
import { DatabaseError } from '../databases/errors';
import { isPermitted, type Permission, type Role } from '../databases/permissions';

/** Who asks, for which tenant, and what they are allowed. */
export interface Principal {
  readonly actor: string;
  readonly tenantId: string;
  readonly role: Role;
  readonly belongsTo: 'tenant' | 'installation';
}

const administrator: Principal = {
  actor: 'admin',
  tenantId: 'default',
  role: 'admin',
  belongsTo: 'installation',
};

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

/** Lets only those on who have the permission. Throws `forbidden`. */
export function authorize(permission: Permission): RequestHandler {
  return (request, _response, next) => {
    const { role, belongsTo } = principalOf(request);
    if (!isPermitted(role, belongsTo, permission)) {
      throw new DatabaseError('forbidden', `this needs the permission ${permission}`, { permission });
    }
    next();
  };
}

export function principalOf(request: Request): Principal {
  const principal = principals.get(request);
  if (principal === undefined) throw new DatabaseError('unauthenticated', 'the request was not authenticated');
  return principal;
}
