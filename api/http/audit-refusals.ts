import type { ErrorRequestHandler, Request } from 'express';
import { ipKeyGenerator, MemoryStore } from 'express-rate-limit';
import { DatabaseError, type ErrorCode, errorTable } from '../../domain/errors';
import type { ApiDependencies } from '../dependencies';
import { principalIfAny } from './authenticate';
import { authorIfAny } from './author';
import { askedOf } from './route';

/** Who was refused: no key or none in force, no permission, not in this state, too much. */
const auditedStatuses = [401, 403, 409, 429];

/** The refusals of one key, or of one address without a key, that are written in a minute: the audit is nobody's to fill. */
export const refusalsPerMinute = 10;

const windowMs = 60_000;

/** The most that is kept of a path that no route has. */
const maxPathLength = 200;

/**
 * Writes refusals to the audit before they are answered. One that cannot be written is answered all the same, and
 * logged: nothing was done that would have to be recorded with it.
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

/** Refused before its route was looked for: the path stands for what it asked. */
function unrouted({ method, path }: Request): { readonly action: string; readonly resourceId: string } {
  return { action: 'request', resourceId: `${method} ${path}`.slice(0, maxPathLength) };
}
