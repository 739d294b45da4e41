/** The workflow that works on a database; one open run of it at a time is Temporal's own promise. */
export function workflowIdOf(databaseId: string): string {
  return `database-${databaseId}`;
}

/** The task queue of work that only the worker beside the host's container engine can do. */
export function hostTaskQueue(hostId: string): string {
  return `host-${hostId}`;
}

/** The header by which a run tells its activities which operation, request and trace it is about. */
export const originHeader = 'slipway-origin';
