import type { ErrorRequestHandler, Request } from 'express';
import { ipKeyGenerator, MemoryStore } from 'express-rate-limit';
import { DatabaseError, type ErrorCode, errorTable } from '../../domain/errors';
import type { ApiDependencies } from '../dependencies';
import { principalIfAny } from './authenticate';
import { authorIfAny } from './author';
import { askedOf } from './route';

/** Audited refusals: no valid key, no permission, a conflict, too many requests. */
const auditedStatuses = [401, 403, 409, 429];

/** Maximum refusals audited per minute and key, or address without a key, so that no caller can flood the audit. */
export const refusalsPerMinute = 10;

const windowMs = 60_000;

/** Maximum length of the method and path recorded for a request without a route, in characters. */
const maxPathLength = 200;

/**
 * Writes refusals to the audit before they are answered. If the write fails, the failure is logged and the refusal is
 * still sent: it changed nothing that would have to be recorded.
 */
export function auditRefusals({ store, logger, requests }: ApiDependencies): ErrorRequestHandler {
  const written = new MemoryStore();
  written.init({ windowMs } as Parameters<MemoryStore['init']>[0]);

  async function note(request: Request, code: ErrorCode): Promise<void> {
    const { tenantId = null, keyId = null } = principalIfAny(request) ?? {};
    const { totalHits } = await written.increment(keyId ?? ipKeyGenerator(request.ip ?? ''));
    if (totalHits > refusalsPerMinute) return requests.refusalNotAudited(code);
    const { action, resourceId } = askedOf(request) ?? unrouted(request);
    await store.audit.write({
      ...authorIfAny(request),
      tenantId,
      action,
      resource: { id: resourceId, name: '' },
      outcome: 'refused',
      reason: code,
      operationId: null,
    });
  }

  return async (error: unknown, request, _response, next) => {
    if (error instanceof DatabaseError && auditedStatuses.includes(errorTable[error.code].status)) {
      await note(request, error.code).catch((failure: unknown) => {
        logger.error({ err: failure, requestId: request.id, code: error.code }, 'could not audit a refused request');
      });
    }
    next(error);
  };
}

/** For a request that was refused before routing: method and path stand for the resource. */
function unrouted({ method, path }: Request): { readonly action: string; readonly resourceId: string } {
  return { action: 'request', resourceId: `${method} ${path}`.slice(0, maxPathLength) };
}
