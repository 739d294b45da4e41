import type { OperationKind } from '../domain/operations/kinds';
import type * as workflows from '../workflows/index';
import type * as notifications from '../workflows/notifications';

/** The workflows that deliver messages. */
export type MessageWorkflow = keyof typeof notifications;

/** The workflows that carry out operations: all the others. */
export type OperationWorkflow = Exclude<keyof typeof workflows, MessageWorkflow>;

/** The workflow that carries out each kind of operation. Temporal's Web UI lists runs by these names. */
export const workflowTypes = {
  create: 'createDatabase',
  stop: 'stopDatabase',
  start: 'startDatabase',
  restart: 'restartDatabase',
  pause: 'pauseDatabase',
  resume: 'resumeDatabase',
  resize: 'resizeDatabase',
  'rotate-credentials': 'rotateCredentials',
  update: 'updateDatabase',
  describe: 'describeDatabase',
  delete: 'deleteDatabase',
  undelete: 'undeleteDatabase',
  purge: 'purgeDatabase',
  recover: 'recoverDatabase',
  repair: 'repairDatabase',
} as const satisfies Readonly<Record<OperationKind, OperationWorkflow>>;

type None<Type extends never> = Type;

/** The workflows that no kind uses. There are none: the compiler reports the first one here. */
export type UnusedWorkflow = None<Exclude<OperationWorkflow, (typeof workflowTypes)[OperationKind]>>;
