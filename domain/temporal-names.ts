/** The workflow id of a database; Temporal guarantees at most one open run for it. */
export function workflowIdOf(databaseId: string): string {
  return `database-${databaseId}`;
}

/** The task queue of work that only a worker with access to this host's container engine can do. */
export function hostTaskQueue(hostId: string): string {
  return `host-${hostId}`;
}

/** The header in which a run passes the ids of its operation, request and trace to its activities. */
export const originHeader = 'slipway-origin';
