import type { Request } from 'express';
import type { Claim } from '../../store/operations/requests';

const claims = new WeakMap<Request, Claim>();

/** Attaches an Idempotency-Key's claim to a request; the operation that the request starts is recorded with it. */
export function setClaim(request: Request, claim: Claim): void {
  claims.set(request, claim);
}

/** The claim of a request's Idempotency-Key; null if it has none. */
export function claimOf(request: Request): Claim | null {
  return claims.get(request) ?? null;
}
