import { DatabaseError } from '../domain/errors';
import { type Labels, ownershipOf } from '../domain/names';

/** Throws `name_taken` for an object that has our name and not our labels: it is never adopted and never deleted. */
export function requireOwned(what: string, found: Labels | null | undefined, wanted: Labels): void {
  if (isOwned(found, wanted)) return;
  throw new DatabaseError('name_taken', `${what} exists and is owned by something else`, {
    labels: ownershipOf(found ?? {}),
  });
}

/** Whether both name the same owner. Labels that name none own nothing, not even what has no labels. */
export function isOwned(found: Labels | null | undefined, wanted: Labels): boolean {
  const [theirs, ours] = [ownershipOf(found ?? {}), ownershipOf(wanted)];
  const keys = new Set([...Object.keys(theirs), ...Object.keys(ours)]);
  return keys.size > 0 && [...keys].every((key) => theirs[key] === ours[key]);
}
