/**
 * Names and labels of everything that belongs to a database, computed from ids alone, so that a step needs no output of
 * another step and can find the objects that an earlier attempt created.
 */

/** The owner of an object, as its labels record it. */
export interface Owner {
  /** Identifies the store: two installations on one Docker engine never touch each other's objects. */
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

/** Further labels of an object: its instance, the operation that created it, and a hash of its specification. */
export interface LabelDetails {
  readonly instanceId?: string;
  /** The role of a sidecar; missing for any other object. */
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

/** The labels on every object of an installation: lists filter by them, and an object without them is never touched. */
export function installationLabels(installation: string): Labels {
  return { [label.managedBy]: 'slipway', [label.installation]: installation };
}

/** The labels that identify an object's owner; an object is ours if they equal our own. */
export function ownershipOf(labels: Labels): Labels {
  const ownership = [label.managedBy, label.installation, label.tenant, label.database];
  return Object.fromEntries(ownership.flatMap((key) => (labels[key] === undefined ? [] : [[key, labels[key]]])));
}

export function installationOf(labels: Labels): string | undefined {
  return labels[label.installation];
}

export function databaseIdOf(labels: Labels): string | undefined {
  return labels[label.database];
}

export function tenantIdOf(labels: Labels): string | undefined {
  return labels[label.tenant];
}

/** The operation that created an object. */
export function operationIdOf(labels: Labels): string | undefined {
  return labels[label.operation];
}

/** The hash of the specification that an object was created from. */
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

/** The role of a sidecar; undefined for any other object. */
export function sidecarIn(labels: Labels): string | undefined {
  return labels[label.sidecar];
}

export function instanceIdFrom(labels: Labels): string | undefined {
  return labels[label.instance];
}
