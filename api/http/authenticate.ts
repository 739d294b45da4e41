import type { Request, RequestHandler } from 'express';
import type { Logger } from 'pino';
import type { Grant } from '../../domain/access/keys';
import { isPermitted, type Permission, type Role } from '../../domain/access/permissions';
import { DatabaseError } from '../../domain/errors';
import { defaultTenantId } from '../../domain/ids';
import type { PresentedKey } from '../../store/access/keys';
import type { Store } from '../../store/store';

/** The authenticated caller, its tenant and its permissions. */
export interface Principal {
  readonly keyId: string;
  /** As recorded on operations and audit entries: `key:` and the key's name. */
  readonly actor: string;
  /** The key's tenant; for an installation key, the tenant that the request names. */
  readonly tenantId: string;
  readonly role: Role;
  readonly belongsTo: 'tenant' | 'installation';
  /** The rights of the key; a key created with it cannot have more. */
  readonly grant: Grant;
}

/** Names the tenant on whose behalf an installation key acts. */
const tenantHeader = 'Slipway-Tenant';

const principals = new WeakMap<Request, Principal>();

/**
 * Requires a valid bearer key before anything but the headers of the request is read. Throws `unauthenticated`;
 * `forbidden` for a tenant's key that names another tenant; `not_found` for an unknown tenant.
 */
export function authenticate({ keys }: Pick<Store, 'keys'>, logger: Logger): RequestHandler {
  return async (request, _response, next) => {
    const namedTenantId = request.get(tenantHeader);
    const key = await keys.present(bearerOf(request) ?? '', namedTenantId ?? defaultTenantId);
    if (key === null) {
      throw new DatabaseError('unauthenticated', 'expected the header Authorization: Bearer <key> with a valid key');
    }
    principals.set(request, principalWith(key, namedTenantId));
    if (key.isUseDue) await noteUse(key);
    next();
  };

  /** The time of use is informational, so a failure to record it must not fail the request. */
  async function noteUse({ id }: PresentedKey): Promise<void> {
    try {
      await keys.noteUse(id);
    } catch (error) {
      logger.warn({ err: error, keyId: id }, 'could not record that a key was used');
    }
  }
}

/** The bearer key of a request (RFC 6750); undefined if there is none. */
function bearerOf(request: Request): string | undefined {
  return /^Bearer ([^\s]+)$/i.exec(request.headers.authorization ?? '')?.[1];
}

function principalWith(key: PresentedKey, namedTenantId: string | undefined): Principal {
  const { id: keyId, name, role, tenantId, expiresAt, isTenantKnown } = key;
  const common = { keyId, actor: `key:${name}`, role, grant: { role, tenantId, expiresAt } };
  if (tenantId === null) {
    if (!isTenantKnown) throw new DatabaseError('not_found', `tenant ${namedTenantId?.slice(0, 80)} not found`);
    return { ...common, tenantId: namedTenantId ?? defaultTenantId, belongsTo: 'installation' };
  }
  if (namedTenantId !== undefined && namedTenantId !== tenantId) {
    throw new DatabaseError('forbidden', `the key does not belong to the tenant in ${tenantHeader}`);
  }
  return { ...common, tenantId, belongsTo: 'tenant' };
}

/** Requires a permission. Throws `forbidden`. */
export function authorize(permission: Permission): RequestHandler {
  return (request, _response, next) => {
    const { role, belongsTo } = principalOf(request);
    if (!isPermitted(role, belongsTo, permission)) {
      throw new DatabaseError('forbidden', `this request requires the permission ${permission}`, { permission });
    }
    next();
  };
}

/** Null for a request that is not authenticated. */
export function principalIfAny(request: Request): Principal | null {
  return principals.get(request) ?? null;
}

export function principalOf(request: Request): Principal {
  const principal = principalIfAny(request);
  if (principal === null) throw new DatabaseError('unauthenticated', 'the request was not authenticated');
  return principal;
}
