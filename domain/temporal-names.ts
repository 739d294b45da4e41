/** The workflow id of a database; Temporal guarantees at most one open run for it. */
export function workflowIdOf(databaseId: string): string {
  return `database-${databaseId}`;
}

/**
 * The task queue of the operations that began under one build of the workflows. Only workers of that build poll it, so a
 * run never meets other code than its own.
 */
export function buildTaskQueue(taskQueue: string, build: string): string {
  return `${taskQueue}-${build}`;
}

/** The build of a run, by its task queue; null for the queue that workers of all builds poll. */
export function buildOf(taskQueue: string, runTaskQueue: string): string | null {
  const prefix = buildTaskQueue(taskQueue, '');
  return runTaskQueue.startsWith(prefix) ? runTaskQueue.slice(prefix.length) : null;
}

/** The task queue of work that only a worker with access to this host's container engine can do. */
export function hostTaskQueue(hostId: string): string {
  return `host-${hostId}`;
}

/** The header in which a run passes the ids of its operation, request and trace to its activities. */
export const originHeader = 'slipway-origin';
