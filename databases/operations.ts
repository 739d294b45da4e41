import { z } from 'zod';
import { parametersSchema } from './parameters';
import { databaseNameSchema, labelsSchema, type Spec, sizeSchema, versionSchema } from './spec';
import type { InProgressState, LifecycleState } from './states';

export type Permission = 'database:create' | 'database:read' | 'database:delete' | 'database:connect';

/** What an operation is: everything that route, validation, permission and planning need to know of it. */
interface OperationDefinition<Input extends z.ZodType> {
  /** The states of the database that allow it; none for the operation that brings the database into being. */
  readonly from: readonly LifecycleState[];
  /** The state while it is at work. */
  readonly during: InProgressState;
  /** The state once it has succeeded; null when the record is gone then. */
  readonly to: LifecycleState | null;
  readonly permission: Permission;
  readonly input: Input;
  /** The specification that is wanted after it; null for no resources at all. */
  readonly change: (spec: Spec | null, input: z.output<Input>) => Spec | null;
  /** The Temporal workflow type that carries it out. */
  readonly workflowType: string;
}

function operation<Input extends z.ZodType>(definition: OperationDefinition<Input>): OperationDefinition<Input> {
  return definition;
}

export const createInputSchema = z.strictObject({
  name: databaseNameSchema,
  version: versionSchema,
  size: sizeSchema,
  parameters: parametersSchema.default({}),
  labels: labelsSchema.default({}),
  description: z.string().max(1000).default(''),
});

/** The operations: a new one that changes the specification is a row here. */
export const operations = {
  create: operation({
    from: [],
    during: 'creating',
    to: 'available',
    permission: 'database:create',
    input: createInputSchema,
    change: (_spec, { version, size, parameters }) => ({ version, size, parameters }),
    workflowType: 'createDatabase',
  }),
  delete: operation({
    from: ['available', 'stopped', 'paused', 'failed'],
    during: 'deleting',
    to: null,
    permission: 'database:delete',
    input: z.strictObject({}),
    change: () => null,
    workflowType: 'deleteDatabase',
  }),
} as const;

export type RequestedKind = keyof typeof operations;

/** `recover` is never asked for: it clears what an operation left that was cut off. */
export const operationKinds = [...(Object.keys(operations) as RequestedKind[]), 'recover'] as const;
export type OperationKind = (typeof operationKinds)[number];

/** The kinds that a database in this state accepts, for a caller who asked for another. */
export function allowedActions(state: LifecycleState): RequestedKind[] {
  return (Object.keys(operations) as RequestedKind[]).filter((kind) =>
    (operations[kind].from as readonly LifecycleState[]).includes(state),
  );
}

/** The workflow type of an operation; the Temporal Web UI lists runs by it. */
export function workflowTypeOf(kind: OperationKind): string {
  return kind === 'recover' ? 'recoverDatabase' : operations[kind].workflowType;
}

/** An operation as its workflow is told of it: ids only. */
export interface OperationRef {
  readonly operationId: string;
  readonly databaseId: string;
  readonly kind: OperationKind;
}
