import { createHash } from 'node:crypto';
import { DatabaseError } from '../../domain/errors';

/** The versions of a resource that a request accepts (If-Match); null for any. */
export type Expected = readonly string[] | null;

/** Throws `precondition_failed`. Call it in the transaction that changes the resource, under its lock. */
export function requireVersion(expected: Expected, version: string): void {
  if (expected === null || expected.includes(version)) return;
  throw new DatabaseError(
    'precondition_failed',
    'the resource has changed since it was read; read it again and decide whether to repeat the request',
  );
}

/** A digest of these facts. */
export function versionOf(facts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(facts)).digest('base64url').slice(0, 16);
}
