import { z } from 'zod';
import { idSchema, instanceIdSchema } from '../../domain/ids';
import { owedCauses } from '../../domain/operations/owed';
import { parts } from '../../domain/planning/pins';
import { poolModes, sidecarRoles } from '../../domain/sidecars';
import { sizeClasses } from '../../domain/spec';
import { lifecycleStates, observedStates, shownStates } from '../../domain/states';
import { addressSchema, at, atOrNull, cause, causeSchema, count } from '../http/schemas';

// Responses about databases and instances.

const sizeFields = { nanoCpus: z.int(), memoryBytes: z.int() };

const containerSchema = z.strictObject({
  state: z.string().nullable(),
  exitCode: z.int().nullable(),
  oomKilled: z.boolean(),
  oomKilledAt: atOrNull,
  startedAt: atOrNull,
  restarts: count.meta({ description: 'Starts that no user requested, including repairs.' }),
});

const imageSchema = z
  .strictObject({ reference: z.string(), digest: z.string().nullable() })
  .nullable()
  .meta({ description: 'What its container is created from, whatever is configured now.' });

export const instanceSchema = z
  .strictObject({
    id: instanceIdSchema,
    databaseId: idSchema,
    name: z.string(),
    role: z.enum(['primary', 'standby']),
    state: z.enum(lifecycleStates),
    error: cause,
    status: z
      .enum(observedStates)
      .meta({ description: 'The last observed status; `unknown` once the observation is too old.' }),
    observedAt: atOrNull,
    statusDetail: z.string().nullable(),
    pendingRestart: z.array(z.string()).meta({ description: 'Changed settings that take effect after a restart.' }),
    container: containerSchema.nullable(),
    hostId: z.string(),
    address: addressSchema.meta({ description: 'Where it is published; a change of its host leaves it.' }),
    image: imageSchema,
    sidecars: z.array(
      z.strictObject({ role: z.enum(sidecarRoles), address: addressSchema, image: imageSchema, error: cause }),
    ),
  })
  .meta({ id: 'Instance', description: 'One PostgreSQL server of a database.' });

const owedSchema = z
  .strictObject({
    cause: z.enum(owedCauses),
    leadsTo: z.enum(['available', 'stopped', 'paused', 'failed']),
    since: at,
    tries: count.meta({ description: 'Recoveries that have failed.' }),
    nextTryAt: atOrNull.meta({ description: 'When it is next tried by itself; null when only a request starts it.' }),
    error: causeSchema,
  })
  .nullable()
  .meta({ description: 'The recovery that a failed database is owed.' });

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
    state: z.enum(shownStates),
    degraded: z.boolean().meta({ description: 'The database works, but its pooler or exporter does not.' }),
    error: cause,
    owed: owedSchema,
    instances: z.array(instanceSchema),
    updateAvailable: z
      .array(z.strictObject({ of: z.enum([...parts, 'template', 'address']), from: z.string(), to: z.string() }))
      .meta({ description: 'What the database would have if it were created now, and has not.' }),
    createdAt: at,
    updatedAt: at,
  })
  .meta({ id: 'Database', description: 'A managed database: its specification and its current state.' });

export const deletedDatabaseSchema = z
  .strictObject({
    id: idSchema,
    name: z.string(),
    description: z.string(),
    labels: z.record(z.string(), z.string()),
    version: z.string(),
    size: z.strictObject(sizeFields),
    error: cause.meta({ description: 'Why its last purge or undelete failed.' }),
    deletedAt: at,
    purgeAt: at.meta({ description: 'From when on its data are destroyed.' }),
    createdAt: at,
  })
  .meta({ id: 'DeletedDatabase', description: 'A deleted database that can still be brought back.' });

export const dryRunSchema = z
  .strictObject({
    plan: z.array(z.array(z.strictObject({ name: z.string(), resource: z.string() }))),
    restart: z.boolean(),
    settings: z.array(z.string()),
    settingsToRestart: z.array(z.string()),
  })
  .meta({
    id: 'DryRun',
    description: 'What a change would do: its steps by phase, and which settings need a restart.',
  });

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
  .meta({ id: 'Connection', description: "A database's connection details, including its owner's password." });

export const namedSizeSchema = z.strictObject({
  name: z.enum(Object.keys(sizeClasses) as (keyof typeof sizeClasses)[]),
  ...sizeFields,
});

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
  .meta({ id: 'Stats', description: "An instance's resource usage and its engine's statistics." });
