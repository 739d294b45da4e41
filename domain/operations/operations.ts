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
import type { LifecycleState } from '../states';
import { patchedAttributes, patchedSpec } from './change';
import { kinds, type OperationKind } from './kinds';

/** How an operation is requested and what it changes: route, validation, permission and planning come from this. */
interface OperationDefinition<Input extends z.ZodType> {
  readonly permission: Permission;
  /** A few words for callers. */
  readonly summary: string;
  /** The method, and the path below the database's own, which is in the collection `databases` if none is named. */
  readonly route: {
    readonly method: 'post' | 'patch' | 'delete';
    readonly path: string;
    readonly collection?: 'deleted-databases';
  };
  /** Whether it can also be requested on an instance. */
  readonly onInstance?: boolean;
  readonly input: Input;
  /** The specification after it; null for no resources. */
  readonly change: (spec: Spec | null, input: z.output<Input>) => Spec | null;
  /** The attributes after it; missing if it does not change them. */
  readonly attributes?: (attributes: Attributes, input: z.output<Input>) => Attributes;
  /** An intermediate specification that it must pass through, such as `stopped` for a restart. */
  readonly via?: (spec: Spec | null) => Spec | null;
}

function operation<Input extends z.ZodType>(definition: OperationDefinition<Input>): OperationDefinition<Input> {
  return definition;
}

const noInput = z.strictObject({});

/** An operation that changes only whether the engines run. */
function powering(
  verb: string,
  definition: Pick<OperationDefinition<typeof noInput>, 'summary' | 'change' | 'via'>,
): OperationDefinition<typeof noInput> {
  const route = { method: 'post', path: `/${verb}` } as const;
  const common = { permission: 'database:update', input: noInput, onInstance: true } as const;
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

/** The fields that change only the record. */
const attributesPatch = {
  description: descriptionSchema.nullable().optional(),
  labels: labelsPatchSchema.optional(),
  deletionProtection: z.boolean().optional(),
};

/** The kind that callers cannot request: Slipway starts it itself. */
type OwnKind = 'repair';

/** The operations that callers request; `kinds.ts` has their state transitions. */
export const operations = {
  create: operation({
    permission: 'database:create',
    route: { method: 'post', path: '' },
    input: createInputSchema,
    change: (_spec, input) => createdSpec(input),
    summary: 'Create a database',
  }),
  stop: powering('stop', {
    change: powered('stopped'),
    summary: 'Stop a database',
  }),
  start: powering('start', {
    change: powered('running'),
    summary: 'Start a database',
  }),
  restart: powering('restart', {
    via: powered('stopped'),
    change: powered('running'),
    summary: 'Restart a database',
  }),
  pause: powering('pause', {
    change: powered('paused'),
    summary: 'Pause a database',
  }),
  resume: powering('resume', {
    change: powered('running'),
    summary: 'Resume a paused database',
  }),
  resize: operation({
    permission: 'database:update',
    route: { method: 'post', path: '/resize' },
    onInstance: true,
    input: z.strictObject({ size: sizeSchema }),
    change: (spec, { size }) => (spec === null ? null : { ...spec, size }),
    summary: 'Resize a database',
  }),
  'rotate-credentials': operation({
    permission: 'database:update',
    route: { method: 'post', path: '/rotate-credentials' },
    input: noInput,
    change: (spec) => (spec === null ? null : { ...spec, credentials: spec.credentials + 1 }),
    summary: "Rotate the password of a database's owner",
  }),
  update: operation({
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
    summary: 'Change a database with a merge patch',
  }),
  describe: operation({
    permission: 'database:update',
    route: { method: 'patch', path: '' },
    input: z.strictObject(attributesPatch),
    change: (spec) => spec,
    attributes: patchedAttributes,
    summary: "Change a database's description, labels or deletion protection",
  }),
  recover: operation({
    permission: 'database:update',
    route: { method: 'post', path: '/recover' },
    input: noInput,
    change: (spec) => spec,
    summary: 'Recover a failed database',
  }),
  delete: operation({
    permission: 'database:delete',
    route: { method: 'delete', path: '' },
    input: noInput,
    change: () => null,
    summary: 'Delete a database',
  }),
  undelete: operation({
    permission: 'database:update',
    route: { method: 'post', path: '/undelete' },
    input: z.strictObject({ name: databaseNameSchema.optional() }),
    change: (spec) => spec,
    summary: 'Bring back a deleted database',
  }),
  purge: operation({
    permission: 'database:delete',
    route: { method: 'delete', path: '', collection: 'deleted-databases' },
    input: noInput,
    change: () => null,
    summary: 'Destroy the data of a deleted database',
  }),
} as const satisfies Readonly<Record<Exclude<OperationKind, OwnKind>, unknown>>;

export type RequestedKind = keyof typeof operations;

export const requestedKinds = Object.keys(operations) as RequestedKind[];

function rowOf(kind: RequestedKind): OperationDefinition<z.ZodType> {
  return operations[kind] as OperationDefinition<z.ZodType>;
}

/** The operations on an existing database that have their own route; `update` and `describe` share PATCH. */
export const verbKinds = requestedKinds.filter((kind) => kind !== 'create' && rowOf(kind).route.method !== 'patch');

/** The verbs that can also be requested on an instance. */
export const instanceVerbKinds = verbKinds.filter((kind) => rowOf(kind).onInstance === true);

/** The path of the route of a kind, for a database's id. */
export function pathOf(kind: RequestedKind, id: string): string {
  const { path, collection = 'databases' } = rowOf(kind).route;
  return `/v1/${collection}/${id}${path}`;
}

/** Whether callers can request operations of this kind. */
export function isRequested(kind: OperationKind): kind is RequestedKind {
  return Object.hasOwn(operations, kind);
}

/** The specification after an operation. */
export function changedSpec(kind: RequestedKind, spec: Spec | null, input: unknown): Spec | null {
  return rowOf(kind).change(spec, input);
}

/** The attributes after an operation. */
export function changedAttributes(kind: RequestedKind, attributes: Attributes, input: unknown): Attributes {
  return rowOf(kind).attributes?.(attributes, input) ?? attributes;
}

/** Whether an operation that changes nothing can be skipped; a restart or a rotation cannot. */
export function mayChangeNothing(kind: RequestedKind): boolean {
  return kinds[kind].to === 'former';
}

/** The intermediate specification of an operation. */
export function viaOf(kind: RequestedKind, spec: Spec | null): Spec | null {
  return rowOf(kind).via?.(spec) ?? spec;
}

/** The number of consecutive plans that lead to the end of an operation. */
export function legsOf(kind: OperationKind): number {
  return isRequested(kind) && rowOf(kind).via !== undefined ? 2 : 1;
}

/** The facts about a database that decide which operations it accepts. */
export interface Condition {
  readonly state: LifecycleState;
  /** Whether an engine has ever been ready. */
  readonly hasData: boolean;
  /** Whether it is owed a recovery. */
  readonly isOwed: boolean;
  /** Whether its host was declared lost, and its data with it. */
  readonly isLost: boolean;
}

/** Whether a database accepts a request for this kind. */
export function isAllowed(kind: RequestedKind, { state, hasData, isOwed, isLost }: Condition): boolean {
  const { from, needs } = kinds[kind];
  if (!from.includes(state)) return false;
  return needs === undefined || (!isLost && (hasData || (needs === 'data_or_owed' && isOwed)));
}

/** The kinds that a database accepts, to list when another kind is rejected. */
export function allowedActions(condition: Condition): RequestedKind[] {
  return requestedKinds.filter((kind) => isAllowed(kind, condition));
}

/** The input of an operation's workflow: its kind, and ids only. */
export interface OperationRef {
  readonly operationId: string;
  readonly databaseId: string;
  readonly tenantId: string;
  readonly kind: OperationKind;
}
