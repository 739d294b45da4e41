import { z } from 'zod';
import { parametersSchema } from './parameters';
import { databaseNameSchema, labelsSchema, type Power, type Spec, sizeSchema, textSchema, versionSchema } from './spec';
import type { InProgressState, LifecycleState } from './states';

export type Permission =
  | 'database:create'
  | 'database:read'
  | 'database:update'
  | 'database:delete'
  | 'database:connect';

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
  /** What is wanted in between, for an operation that must pass through it, such as a restart. */
  readonly via?: (spec: Spec | null) => Spec | null;
  /** The Temporal workflow type that carries it out. */
  readonly workflowType: string;
}

function operation<Input extends z.ZodType>(definition: OperationDefinition<Input>): OperationDefinition<Input> {
  return definition;
}

const noInput = z.strictObject({});

/** An operation that changes nothing but whether the engines run. */
function powering(
  definition: Pick<OperationDefinition<typeof noInput>, 'from' | 'to' | 'change' | 'via' | 'workflowType'>,
): OperationDefinition<typeof noInput> {
  return { ...definition, during: 'modifying', permission: 'database:update', input: noInput };
}

function powered(power: Power): (spec: Spec | null) => Spec | null {
  return (spec) => (spec === null ? null : { ...spec, power });
}

export const createInputSchema = z.strictObject({
  name: databaseNameSchema,
  version: versionSchema,
  size: sizeSchema,
  parameters: parametersSchema.default({}),
  labels: labelsSchema.default({}),
  description: textSchema.max(1000).default(''),
});

/** The operations: a new one that changes the specification is a row here. */
export const operations = {
  create: operation({
    from: [],
    during: 'creating',
    to: 'available',
    permission: 'database:create',
    input: createInputSchema,
    change: (_spec, { version, size, parameters }) => ({ version, size, parameters, power: 'running' }),
    workflowType: 'createDatabase',
  }),
  stop: powering({ from: ['available'], to: 'stopped', change: powered('stopped'), workflowType: 'stopDatabase' }),
  start: powering({ from: ['stopped'], to: 'available', change: powered('running'), workflowType: 'startDatabase' }),
  restart: powering({
    from: ['available'],
    to: 'available',
    via: powered('stopped'),
    change: powered('running'),
    workflowType: 'restartDatabase',
  }),
  pause: powering({ from: ['available'], to: 'paused', change: powered('paused'), workflowType: 'pauseDatabase' }),
  resume: powering({ from: ['paused'], to: 'available', change: powered('running'), workflowType: 'resumeDatabase' }),
  delete: operation({
    from: ['available', 'stopped', 'paused', 'failed'],
    during: 'deleting',
    to: null,
    permission: 'database:delete',
    input: noInput,
    change: () => null,
    workflowType: 'deleteDatabase',
  }),
} as const;

export type RequestedKind = keyof typeof operations;

/** The operations that change nothing but whether the engines run: verbs of a database. */
export const powerKinds = ['stop', 'start', 'restart', 'pause', 'resume'] as const satisfies readonly RequestedKind[];

/** `recover` is never asked for: it clears what an operation left that was cut off. */
export const operationKinds = [...(Object.keys(operations) as RequestedKind[]), 'recover'] as const;
export type OperationKind = (typeof operationKinds)[number];

/** The specification after an operation. */
export function changedSpec(kind: RequestedKind, spec: Spec | null, input: unknown): Spec | null {
  const { change } = operations[kind] as OperationDefinition<z.ZodType>;
  return change(spec, input);
}

/** The specification in the middle of an operation. */
export function viaOf(kind: RequestedKind, spec: Spec | null): Spec | null {
  const { via } = operations[kind] as OperationDefinition<z.ZodType>;
  return via === undefined ? spec : via(spec);
}

/** How many plans lead to an operation's end, one after another. */
export function legsOf(kind: OperationKind): number {
  return kind !== 'recover' && (operations[kind] as OperationDefinition<z.ZodType>).via !== undefined ? 2 : 1;
}

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
  readonly tenantId: string;
  readonly kind: OperationKind;
}
