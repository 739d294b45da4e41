import { createHash } from 'node:crypto';
import { DatabaseError } from '../../domain/errors';

/** The versions one of which a resource must have for a request to be carried out; null for any. */
export type Expected = readonly string[] | null;

/** Throws `precondition_failed`. In the transaction that changes the resource, under its lock, so that nothing comes between. */
export function requireVersion(expected: Expected, version: string): void {
  if (expected === null || expected.includes(version)) return;
  throw new DatabaseError('precondition_failed', 'the resource has changed: read it again, and decide anew');
}

/** A short name for these facts: the same facts give the same version. */
export function versionOf(facts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(facts)).digest('base64url').slice(0, 16);
}
