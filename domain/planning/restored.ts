/**
 * How the objects of a database on a host differ from its record in a store that was restored from a backup. `diverged`: an
 * object was created after the backup. `missing`: an object that the record requires does not exist. `unknown_object`: an
 * object exists that no record describes.
 */
export const differenceKinds = ['diverged', 'missing', 'unknown_object'] as const;
export type DifferenceKind = (typeof differenceKinds)[number];

/** A difference, with its reason in words. */
export interface Difference {
  readonly difference: DifferenceKind;
  readonly reason: string;
}

/** An object on a host, as it is named in a reason, and the operation that created it. */
export interface CreatedObject {
  readonly kind: string;
  readonly name: string;
  readonly operationId: string | undefined;
}

export interface Compared {
  /** All objects of the database on the host. */
  readonly objects: readonly CreatedObject[];
  /** The operations of these objects that the store has. */
  readonly knownOperations: ReadonlySet<string>;
  /** Objects that the record requires and the host does not have. */
  readonly missing: readonly Pick<CreatedObject, 'kind' | 'name'>[];
  /** Objects that no record describes. */
  readonly unknown: readonly Pick<CreatedObject, 'kind' | 'name'>[];
}

/**
 * The most important difference of a database; null when there is none. An object without an operation is of no backup in
 * particular.
 */
export function differenceOf({ objects, knownOperations, missing, unknown }: Compared): Difference | null {
  const later = objects.find(({ operationId }) => operationId !== undefined && !knownOperations.has(operationId));
  if (later !== undefined) {
    const reason = `${later.kind} ${later.name} was created by operation ${later.operationId}, which is not in the store`;
    return { difference: 'diverged', reason };
  }
  const [absent] = missing;
  if (absent !== undefined) return { difference: 'missing', reason: `${absent.kind} ${absent.name} does not exist` };
  const [extra] = unknown;
  return extra === undefined ? null : unknownObject(extra);
}

/** The difference of a database with an object that no record describes. */
export function unknownObject({ kind, name }: Pick<CreatedObject, 'kind' | 'name'>): Difference {
  return { difference: 'unknown_object', reason: `${kind} ${name} is on no record` };
}

/** How a database compares with its restored record, over all its hosts. */
export const standings = ['diverged', 'not_compared', 'missing', 'unknown_object', 'same'] as const;
export type Standing = (typeof standings)[number];

/** A host's part of a comparison: its differences, by database; null while no pass has compared the host. */
export type HostDifferences = ReadonlyMap<string, Difference> | null;

/** Of several hosts, the standing that needs most attention counts: the first in `standings`. */
export function standingOf(
  databaseId: string,
  hosts: readonly HostDifferences[],
): { readonly standing: Standing; readonly reason: string | null } {
  const found = hosts.map((differences) => {
    if (differences === null) return { standing: 'not_compared', reason: null } as const;
    const { difference: standing = 'same', reason = null } = differences.get(databaseId) ?? {};
    return { standing, reason } as const;
  });
  for (const standing of standings) {
    const one = found.find((part) => part.standing === standing);
    if (one !== undefined) return one;
  }
  return { standing: 'same', reason: null };
}
