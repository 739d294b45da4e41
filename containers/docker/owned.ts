import { DatabaseError } from '../../databases/errors';
import { type Labels, ownershipOf } from '../../databases/names';

/** Throws `name_taken` for an object that has our name and not our labels: it is never adopted and never deleted. */
export function requireOwned(what: string, found: Labels | null | undefined, wanted: Labels): void {
  if (isOwned(found, wanted)) return;
  throw new DatabaseError('name_taken', `${what} exists and belongs to somebody else`, {
    labels: ownershipOf(found ?? {}),
  });
}

export function isOwned(found: Labels | null | undefined, wanted: Labels): boolean {
  return Object.entries(ownershipOf(wanted)).every(([key, value]) => found?.[key] === value);
}

/** Docker's filter for objects that carry all of these labels. */
export function labelFilter(labels: Partial<Labels>): { label: string[] } {
  return { label: Object.entries(labels).map(([key, value]) => `${key}=${value}`) };
}
