import { z } from 'zod';
import { roleNames } from '../../domain/access/permissions';
import { type ErrorCode, errorTable } from '../../domain/errors';
import { idSchema, instanceIdSchema } from '../../domain/ids';
import { operationKinds } from '../../domain/operations/kinds';
import { poolModes, sidecarRoles } from '../../domain/sidecars';
import { sizeClasses } from '../../domain/spec';
import { lifecycleStates, observedStates, operationStates, stepStates } from '../../domain/states';

// What the API answers, as the API document says it; every answer that a test gets is held against these.

export const at = z.iso.datetime();
export const atOrNull = at.nullable();
export const count = z.int().min(0);
const errorCode = z.enum(Object.keys(errorTable) as ErrorCode[]);

/** What went wrong, where it is not the answer itself. */
const causeSchema = z
  .looseObject({ code: errorCode, message: z.string() })
  .meta({ id: 'Cause', description: 'What went wrong: a stable code and a sentence; details beside them.' });

const cause = causeSchema.nullable();

/** One page of a list. */
export function pageSchemaOf<Item extends z.ZodType>(items: Item) {
  return z.strictObject({ items: z.array(items), nextPageToken: z.string().nullable() });
}

export const problemSchema = z
  .looseObject({
    type: z.string().meta({ description: 'A page about the code.' }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: errorCode,
    requestId: z.string(),
    errors: z
      .array(z.strictObject({ field: z.string(), expected: z.string(), received: z.string() }))
      .optional()
      .meta({ description: 'Each field that is wrong, of an invalid_request.' }),
    currentState: z.string().optional(),
    allowedActions: z.array(z.string()).optional(),
    operationId: z.string().nullable().optional(),
  })
  .meta({ id: 'Problem', description: 'An error (RFC 9457). `code` is stable.' });

const sizeFields = { nanoCpus: z.int(), memoryBytes: z.int() };

export const addressSchema = z.strictObject({ host: z.string(), port: z.int() });

const containerSchema = z.strictObject({
  state: z.string().nullable(),
  exitCode: z.int().nullable(),
  oomKilled: z.boolean(),
  oomKilledAt: atOrNull,
  startedAt: atOrNull,
  restarts: count.meta({ description: 'Starts that nobody asked for, repairs among them.' }),
});

export const instanceSchema = z
  .strictObject({
    id: instanceIdSchema,
    databaseId: idSchema,
    name: z.string(),
    role: z.enum(['primary', 'standby']),
    state: z.enum(lifecycleStates),
    error: cause,
    status: z.enum(observedStates).meta({ description: 'What was seen of it; unknown once that is old.' }),
    observedAt: atOrNull,
    statusDetail: z.string().nullable(),
    pendingRestart: z.array(z.string()).meta({ description: 'Settings that a restart would bring into force.' }),
    container: containerSchema.nullable(),
    hostId: z.string(),
    address: addressSchema,
    sidecars: z.array(z.strictObject({ role: z.enum(sidecarRoles), address: addressSchema, error: cause })),
  })
  .meta({ id: 'Instance', description: 'One PostgreSQL server of a database.' });

export const databaseSchema = z
  .strictObject({
    id: idSchema,
    name: z.string(),
    description: z.string(),
    labels: z.record(z.string(), z.string()),
    version: z.string().meta({ examples: ['17'] }),
    size: z.strictObject(sizeFields),
    parameters: z.record(z.string(), z.string()),
    pooler: z.strictObject({ enabled: z.boolean(), poolSize: z.int(), mode: z.enum(poolModes) }),
    exporter: z.strictObject({ enabled: z.boolean() }),
    deletionProtection: z.boolean(),
    state: z.enum(lifecycleStates),
    degraded: z.boolean().meta({ description: 'It works, and something beside it that is wanted does not.' }),
    error: cause,
    instances: z.array(instanceSchema),
    createdAt: at,
    updatedAt: at,
  })
  .meta({ id: 'Database', description: 'A managed database: what is wanted of it, and what is so.' });

const stepSchema = z.strictObject({
  plan: z.int().meta({ description: 'The first leads to what was asked, a later one back.' }),
  phase: z.int(),
  name: z.string(),
  resource: z.string(),
  hostId: z.string(),
  state: z.enum(stepStates),
  attempts: count,
  startedAt: atOrNull,
  endedAt: atOrNull,
  error: cause,
  logTail: z.string().optional(),
});

export const operationSchema = z
  .strictObject({
    id: idSchema,
    kind: z.enum(operationKinds),
    databaseId: idSchema,
    databaseName: z.string(),
    state: z.enum(operationStates),
    done: z.boolean(),
    workflowId: z.string(),
    runId: z.string().nullable(),
    temporalUrl: z.url(),
    requestedBy: z.string(),
    requestId: z.string(),
    traceId: z.string().nullable(),
    steps: z.array(stepSchema).optional().meta({ description: 'Missing in lists.' }),
    waitingFor: cause.meta({ description: 'Why it does not go on just now.' }),
    error: cause,
    warnings: z.array(causeSchema),
    retryOf: idSchema.nullable(),
    createdAt: at,
    startedAt: atOrNull,
    endedAt: atOrNull,
    cancelRequestedAt: atOrNull,
  })
  .meta({ id: 'Operation', description: 'One accepted request, and how it goes.' });

export const acceptedSchema = z
  .strictObject({ operation: operationSchema, database: databaseSchema.optional() })
  .meta({ id: 'Accepted', description: 'The operation that was recorded; watch it at `Location`.' });

export const unchangedSchema = z
  .strictObject({ operation: z.null(), database: databaseSchema })
  .meta({ id: 'Unchanged', description: 'It is so already: nothing was recorded.' });

export const dryRunSchema = z
  .strictObject({
    plan: z.array(z.array(z.strictObject({ name: z.string(), resource: z.string() }))),
    restart: z.boolean(),
    settings: z.array(z.string()),
    settingsToRestart: z.array(z.string()),
  })
  .meta({ id: 'DryRun', description: 'What a change would do: steps by phase, and what needs a restart.' });

export const connectionSchema = z
  .strictObject({
    host: z.string(),
    port: z.int(),
    database: z.string(),
    user: z.string(),
    password: z.string(),
    url: z.string(),
    pooledUrl: z.string().nullable(),
  })
  .meta({ id: 'Connection', description: 'Where a database is reached, with the password of its owner.' });

export const namedSizeSchema = z.strictObject({
  name: z.enum(Object.keys(sizeClasses) as (keyof typeof sizeClasses)[]),
  ...sizeFields,
});

export const eventSchema = z
  .strictObject({
    sequence: z.int().meta({ description: 'Its place among all events, in which they are read.' }),
    type: z.string().meta({ examples: ['operation.succeeded'] }),
    databaseId: idSchema.nullable(),
    operationId: idSchema.nullable(),
    data: z.unknown(),
    at,
  })
  .meta({ id: 'Event', description: 'Something that happened.' });

const breakerSchema = z.looseObject({ state: z.enum(['closed', 'open', 'half_open']), since: at });

const countOrNull = count.nullable();

export const hostSchema = z
  .strictObject({
    id: z.string(),
    labels: z.record(z.string(), z.string()),
    cordoned: z.boolean().meta({ description: 'It gets nothing new.' }),
    address: z.string(),
    portRange: z.strictObject({ from: z.int(), to: z.int() }),
    addressPool: z.string().meta({ examples: ['10.213.0.0/16'] }),
    capacity: z
      .strictObject({ nanoCpus: countOrNull, memoryBytes: countOrNull })
      .meta({ description: 'What databases may hold of it; null for any amount.' }),
    used: z.strictObject({ nanoCpus: count, memoryBytes: count }).meta({ description: 'What databases hold of it.' }),
    instances: count,
    worker: z.strictObject({ answers: z.boolean(), error: cause }),
    breaker: breakerSchema.nullable(),
    calls: z.strictObject({ running: count, waiting: count, most: count }).nullable(),
  })
  .meta({ id: 'Host', description: 'A Docker engine, and how the worker that serves it finds it.' });

const limitAndUsed = z.strictObject({ limit: countOrNull, used: count });

export const quotaSchema = z
  .strictObject({ tenantId: z.string(), databases: limitAndUsed, nanoCpus: limitAndUsed, memoryBytes: limitAndUsed })
  .meta({ id: 'Quota', description: 'What a tenant may have, null for any amount, and what it has.' });

export const orphanSchema = z
  .strictObject({
    id: z.string(),
    kind: z.enum(['container', 'volume', 'network']),
    name: z.string(),
    hostId: z.string(),
    databaseId: z.string(),
    firstSeenAt: at,
    lastSeenAt: at,
  })
  .meta({ id: 'Orphan', description: 'An object of Slipway on a host whose database has no record.' });

export const reconcilerSchema = z
  .strictObject({
    hostId: z.string(),
    state: z.enum(['repairing', 'reporting', 'stopped', 'unknown']),
    reason: z.string().nullable(),
    since: at,
    databases: count,
    drifted: count,
    passedAt: at,
  })
  .meta({ id: 'Reconciler', description: 'How reconciling goes on a host.' });

export const logLineSchema = z
  .strictObject({ at: z.string(), stream: z.enum(['stdout', 'stderr']), text: z.string() })
  .meta({ id: 'LogLine' });

const usageSchema = z.strictObject({
  readAt: at,
  cpuNanoseconds: z.number(),
  cpuPercentOfOneCpu: z.number(),
  cpuSampleMs: z.number(),
  memoryBytes: z.number(),
  memoryLimitBytes: z.number(),
  networkReceivedBytes: z.number(),
  networkSentBytes: z.number(),
  diskReadBytes: z.number(),
  diskWrittenBytes: z.number(),
});

const engineSchema = z.strictObject({
  startedAt: at,
  connections: count,
  maxConnections: count,
  databaseBytes: count,
  committedTransactions: count,
  rolledBackTransactions: count,
  oldestTransactionSeconds: z.number().nullable(),
});

export const statsSchema = z
  .strictObject({
    instanceId: instanceIdSchema,
    name: z.string(),
    role: z.enum(['primary', 'standby']),
    hostId: z.string(),
    usage: usageSchema.nullable(),
    usageError: cause,
    engine: engineSchema.nullable(),
    engineError: cause,
  })
  .meta({ id: 'Stats', description: 'What an instance uses, and what its engine says of itself.' });

const keyFields = {
  id: idSchema,
  name: z.string(),
  role: z.enum(roleNames),
  tenantId: z.string().nullable().meta({ description: 'Null for a key of the installation.' }),
  createdBy: z.string(),
  createdAt: at,
  expiresAt: atOrNull,
  lastUsedAt: atOrNull.meta({ description: 'To the minute.' }),
  replacedBy: idSchema.nullable().meta({ description: 'The key that took its place.' }),
};

export const keySchema = z
  .strictObject(keyFields)
  .meta({ id: 'Key', description: 'An API key, without what is secret of it.' });

export const newKeySchema = z
  .strictObject({ ...keyFields, key: z.string() })
  .meta({ id: 'NewKey', description: 'An API key as it is shown once.' });

export const tenantSchema = z
  .strictObject({ id: z.string(), name: z.string(), createdAt: at })
  .meta({ id: 'Tenant', description: 'Whose databases are kept apart from all others’.' });
