/**
 * Names and labels of everything that belongs to a database, computed from ids alone, so that a step needs no other
 * step's output and can find what an earlier attempt made.
 */

/** Whose object it is, as it stands on the object itself. */
export interface Owner {
  /** The store that records it: two installations on one Docker engine never touch each other's objects. */
  readonly installation: string;
  readonly tenantId: string;
  readonly databaseId: string;
}

const label = {
  managedBy: 'slipway.managed-by',
  installation: 'slipway.installation',
  tenant: 'slipway.tenant',
  database: 'slipway.database',
  instance: 'slipway.instance',
  sidecar: 'slipway.sidecar',
  operation: 'slipway.operation',
  spec: 'slipway.spec',
} as const;

export type Labels = Readonly<Record<string, string>>;

/** What is on an object, beside its owner: the instance, the operation that made it, and a hash of what was wanted. */
export interface LabelDetails {
  readonly instanceId?: string;
  /** Which of the instance's sidecars it is. */
  readonly sidecar?: string;
  readonly operationId?: string;
  readonly specHash?: string;
}

/** The labels of an object that belongs to a database. */
export function labelsOf(owner: Owner, details: LabelDetails = {}): Labels {
  return {
    ...installationLabels(owner.installation),
    [label.tenant]: owner.tenantId,
    [label.database]: owner.databaseId,
    ...(details.instanceId === undefined ? {} : { [label.instance]: details.instanceId }),
    ...(details.sidecar === undefined ? {} : { [label.sidecar]: details.sidecar }),
    ...(details.operationId === undefined ? {} : { [label.operation]: details.operationId }),
    ...(details.specHash === undefined ? {} : { [label.spec]: details.specHash }),
  };
}

/** The labels that everything of an installation carries: what to list, and what nothing else may be touched without. */
export function installationLabels(installation: string): Labels {
  return { [label.managedBy]: 'slipway', [label.installation]: installation };
}

/** The labels that say whose an object is; equal ones mean that it is ours. */
export function ownershipOf(labels: Labels): Labels {
  const ownership = [label.managedBy, label.installation, label.tenant, label.database];
  return Object.fromEntries(ownership.flatMap((key) => (labels[key] === undefined ? [] : [[key, labels[key]]])));
}

/** The installation that an object belongs to, read from its labels. */
export function installationOf(labels: Labels): string | undefined {
  return labels[label.installation];
}

/** The database that an object belongs to, read from its labels. */
export function databaseIdOf(labels: Labels): string | undefined {
  return labels[label.database];
}

/** The tenant that an object belongs to, read from its labels. */
export function tenantIdOf(labels: Labels): string | undefined {
  return labels[label.tenant];
}

/** The specification hash that an object was made from. */
export function specHashOf(labels: Labels): string | undefined {
  return labels[label.spec];
}

export function networkName(owner: Owner): string {
  return `slipway-${owner.installation}-${owner.databaseId}`;
}

export function containerName(owner: Owner, instanceName: string): string {
  return `slipway-${owner.installation}-${owner.databaseId}-${instanceName}`;
}

export function volumeName(owner: Owner, instanceName: string): string {
  return `slipway-${owner.installation}-${owner.databaseId}-${instanceName}`;
}

/** Which sidecar of its instance an object is; undefined for what is none. */
export function sidecarIn(labels: Labels): string | undefined {
  return labels[label.sidecar];
}

/** The instance that an object belongs to, read from its labels. */
export function instanceIdFrom(labels: Labels): string | undefined {
  return labels[label.instance];
}
