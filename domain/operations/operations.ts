import { z } from 'zod';
import type { Permission } from '../access/permissions';
import { parametersPatchSchema, parametersSchema } from '../parameters';
import {
  type Attributes,
  databaseNameSchema,
  exporterSchema,
  labelsPatchSchema,
  labelsSchema,
  noExporter,
  noPooler,
  type Power,
  poolerPatchSchema,
  poolerSchema,
  type Spec,
  sizeSchema,
  textSchema,
  versionSchema,
} from '../spec';
import type { InProgressState, LifecycleState } from '../states';
import { patchedAttributes, patchedSpec } from './change';

/** What an operation is: everything that route, validation, permission and planning need to know of it. */
interface OperationDefinition<Input extends z.ZodType> {
  /** The states of the database that allow it; none for the operation that brings the database into being. */
  readonly from: readonly LifecycleState[];
  /** The state while it is at work. */
  readonly during: InProgressState;
  /** The state once it has succeeded: `former` for the one before it, null when the record is gone then. */
  readonly to: LifecycleState | 'former' | null;
  readonly permission: Permission;
  /** What it does, in a few words for a caller. */
  readonly summary: string;
  /** How a caller asks for it: the method, and the path below the database's own. */
  readonly route: { readonly method: 'post' | 'patch' | 'delete'; readonly path: string };
  /** Whether an instance has it as a verb, too. */
  readonly onInstance?: boolean;
  readonly input: Input;
  /** The specification that is wanted after it; null for no resources at all. */
  readonly change: (spec: Spec | null, input: z.output<Input>) => Spec | null;
  /** What is kept of the database for its owners' use after it; unchanged where it is missing. */
  readonly attributes?: (attributes: Attributes, input: z.output<Input>) => Attributes;
  /** Whether it changes the record alone, and looks at nothing that runs. */
  readonly recordOnly?: boolean;
  /** Whether its plan depends on what the running engine says, such as what needs a restart. */
  readonly asksEngine?: boolean;
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
  verb: string,
  definition: Pick<OperationDefinition<typeof noInput>, 'from' | 'to' | 'summary' | 'change' | 'via' | 'workflowType'>,
): OperationDefinition<typeof noInput> {
  const route = { method: 'post', path: `/${verb}` } as const;
  const common = { during: 'modifying', permission: 'database:update', input: noInput, onInstance: true } as const;
  return { ...definition, ...common, route };
}

function powered(power: Power): (spec: Spec | null) => Spec | null {
  return (spec) => (spec === null ? null : { ...spec, power });
}

const descriptionSchema = textSchema.max(1000);

export const createInputSchema = z.strictObject({
  name: databaseNameSchema,
  version: versionSchema,
  size: sizeSchema,
  parameters: parametersSchema.default({}),
  labels: labelsSchema.default({}),
  description: descriptionSchema.default(''),
  deletionProtection: z.boolean().default(false),
  pooler: poolerSchema.default(noPooler),
  exporter: exporterSchema.default(noExporter),
});

/** The specification of a new database. */
export function createdSpec({ version, size, parameters, pooler, exporter }: z.output<typeof createInputSchema>): Spec {
  return { version, size, parameters, pooler, exporter, power: 'running', credentials: 1 };
}

/** What can be changed of the record alone. */
const attributesPatch = {
  description: descriptionSchema.nullable().optional(),
  labels: labelsPatchSchema.optional(),
  deletionProtection: z.boolean().optional(),
};

/** The operations: a new one that changes the specification is a row here. */
export const operations = {
  create: operation({
    from: [],
    during: 'creating',
    to: 'available',
    permission: 'database:create',
    route: { method: 'post', path: '' },
    input: createInputSchema,
    change: (_spec, input) => createdSpec(input),
    summary: 'Create a database',
    workflowType: 'createDatabase',
  }),
  stop: powering('stop', {
    from: ['available'],
    to: 'stopped',
    change: powered('stopped'),
    summary: 'Stop a database',
    workflowType: 'stopDatabase',
  }),
  start: powering('start', {
    from: ['stopped'],
    to: 'available',
    change: powered('running'),
    summary: 'Start a database',
    workflowType: 'startDatabase',
  }),
  restart: powering('restart', {
    from: ['available'],
    to: 'available',
    via: powered('stopped'),
    change: powered('running'),
    summary: 'Restart a database',
    workflowType: 'restartDatabase',
  }),
  pause: powering('pause', {
    from: ['available'],
    to: 'paused',
    change: powered('paused'),
    summary: 'Pause a database',
    workflowType: 'pauseDatabase',
  }),
  resume: powering('resume', {
    from: ['paused'],
    to: 'available',
    change: powered('running'),
    summary: 'Resume a paused database',
    workflowType: 'resumeDatabase',
  }),
  resize: operation({
    from: ['available', 'stopped'],
    during: 'modifying',
    to: 'former',
    permission: 'database:update',
    route: { method: 'post', path: '/resize' },
    onInstance: true,
    input: z.strictObject({ size: sizeSchema }),
    change: (spec, { size }) => (spec === null ? null : { ...spec, size }),
    asksEngine: true,
    summary: 'Resize a database',
    workflowType: 'resizeDatabase',
  }),
  'rotate-credentials': operation({
    from: ['available'],
    during: 'modifying',
    to: 'available',
    permission: 'database:update',
    route: { method: 'post', path: '/rotate-credentials' },
    input: noInput,
    change: (spec) => (spec === null ? null : { ...spec, credentials: spec.credentials + 1 }),
    summary: "Rotate the password of a database's owner",
    workflowType: 'rotateCredentials',
  }),
  update: operation({
    from: ['available', 'stopped'],
    during: 'modifying',
    to: 'former',
    permission: 'database:update',
    route: { method: 'patch', path: '' },
    input: z.strictObject({
      size: sizeSchema.optional(),
      parameters: parametersPatchSchema.optional(),
      pooler: poolerPatchSchema.optional(),
      exporter: exporterSchema.nullable().optional(),
      ...attributesPatch,
    }),
    change: (spec, patch) => (spec === null ? null : patchedSpec(spec, patch)),
    attributes: patchedAttributes,
    asksEngine: true,
    summary: 'Change a database with a merge patch',
    workflowType: 'updateDatabase',
  }),
  describe: operation({
    from: ['available', 'stopped', 'paused', 'failed'],
    during: 'modifying',
    to: 'former',
    permission: 'database:update',
    route: { method: 'patch', path: '' },
    input: z.strictObject(attributesPatch),
    change: (spec) => spec,
    attributes: patchedAttributes,
    recordOnly: true,
    summary: "Change a database's description, labels or deletion protection",
    workflowType: 'describeDatabase',
  }),
  delete: operation({
    from: ['available', 'stopped', 'paused', 'failed'],
    during: 'deleting',
    to: null,
    permission: 'database:delete',
    route: { method: 'delete', path: '' },
    input: noInput,
    change: () => null,
    summary: 'Delete a database and its data',
    workflowType: 'deleteDatabase',
  }),
} as const;

export type RequestedKind = keyof typeof operations;

export const requestedKinds = Object.keys(operations) as RequestedKind[];

function rowOf(kind: RequestedKind): OperationDefinition<z.ZodType> {
  return operations[kind] as OperationDefinition<z.ZodType>;
}

/** The operations that are asked for on a database as it is named by its id, and how. */
export const verbKinds = requestedKinds.filter((kind) => kind !== 'create' && rowOf(kind).route.method !== 'patch');

/** Those that an instance has too. */
export const instanceVerbKinds = verbKinds.filter((kind) => rowOf(kind).onInstance === true);

/**
 * `recover` and `repair` are never asked for: one clears what an operation left that was cut off, the other brings back
 * what drifted away from the record.
 */
export const operationKinds = [...requestedKinds, 'recover', 'repair'] as const;
export type OperationKind = (typeof operationKinds)[number];

/** Whether somebody asks for operations of this kind: then it has a row in the table. */
export function isRequested(kind: OperationKind): kind is RequestedKind {
  return Object.hasOwn(operations, kind);
}

/** The specification after an operation. */
export function changedSpec(kind: RequestedKind, spec: Spec | null, input: unknown): Spec | null {
  return rowOf(kind).change(spec, input);
}

/** What is kept for the owners' use after an operation. */
export function changedAttributes(kind: RequestedKind, attributes: Attributes, input: unknown): Attributes {
  return rowOf(kind).attributes?.(attributes, input) ?? attributes;
}

/** Whether an operation that changes nothing has nothing to do; a restart or a rotation has. */
export function mayChangeNothing(kind: RequestedKind): boolean {
  return rowOf(kind).to === 'former';
}

/** Whether an operation changes the record alone. */
export function isRecordOnly(kind: OperationKind): boolean {
  return isRequested(kind) && rowOf(kind).recordOnly === true;
}

/** Whether the plan of an operation depends on what the running engine says; a way back may be from anywhere. */
export function asksEngine(kind: OperationKind): boolean {
  return !isRequested(kind) || rowOf(kind).asksEngine === true;
}

/** The specification in the middle of an operation. */
export function viaOf(kind: RequestedKind, spec: Spec | null): Spec | null {
  return rowOf(kind).via?.(spec) ?? spec;
}

/** How many plans lead to an operation's end, one after another. */
export function legsOf(kind: OperationKind): number {
  return isRequested(kind) && rowOf(kind).via !== undefined ? 2 : 1;
}

/** The kinds that a database in this state accepts, for a caller who asked for another. */
export function allowedActions(state: LifecycleState): RequestedKind[] {
  return requestedKinds.filter((kind) => rowOf(kind).from.includes(state));
}

/** The workflow type of an operation; the Temporal Web UI lists runs by it. */
export function workflowTypeOf(kind: OperationKind): string {
  return isRequested(kind) ? operations[kind].workflowType : `${kind}Database`;
}

/** An operation as its workflow is told of it: ids only. */
export interface OperationRef {
  readonly operationId: string;
  readonly databaseId: string;
  readonly tenantId: string;
  readonly kind: OperationKind;
}
