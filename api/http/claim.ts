import type { Request } from 'express';
import type { Claim } from '../../store/operations/requests';

const claims = new WeakMap<Request, Claim>();

/** Gives what this request does to a claim: it is noted there. */
export function setClaim(request: Request, claim: Claim): void {
  claims.set(request, claim);
}

/** What notes that a request was carried out; null where it has no Idempotency-Key. */
export function claimOf(request: Request): Claim | null {
  return claims.get(request) ?? null;
}
