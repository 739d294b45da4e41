import { z } from 'zod';
import { checkErrorCodes } from '../../domain/health/check-errors';
import { checkSettingsShape, checkStates } from '../../domain/health/checks';
import { idSchema } from '../../domain/ids';
import { addressSchema, at, atOrNull, count } from '../http/schemas';

// Answers about health checks and reconcilers.

const checkErrorSchema = z
  .strictObject({ code: z.enum(checkErrorCodes), message: z.string() })
  .meta({ id: 'CheckError', description: 'Why a database does not work, as its check found it.' });

export const checkSchema = z
  .strictObject({
    id: idSchema,
    databaseId: idSchema,
    databaseName: z.string(),
    enabled: z.boolean(),
    ...checkSettingsShape,
    state: z.enum(checkStates).meta({ description: 'Unknown also while the database is not to work.' }),
    since: atOrNull.meta({ description: 'When the state began; null while it is unknown.' }),
    successes: count.meta({ description: 'In a row.' }),
    failures: count.meta({ description: 'In a row.' }),
    lastCheckedAt: atOrNull,
    lastLatencyMs: count.nullable(),
    lastError: checkErrorSchema.nullable(),
    lastManualRunAt: atOrNull,
    nextCheckAt: atOrNull.meta({ description: 'When it is due; null while it is switched off.' }),
    createdAt: at,
    updatedAt: at,
  })
  .meta({ id: 'HealthCheck', description: 'Whether a database works, as its users would find it.' });

export const checkResultSchema = z
  .strictObject({ checkedAt: at, healthy: z.boolean(), latencyMs: count, error: checkErrorSchema.nullable() })
  .meta({ id: 'HealthResult', description: 'What one run of a check found.' });

export const healthSchema = z
  .strictObject({
    enabled: count.meta({ description: 'The checks that are switched on; the others count nowhere here.' }),
    up: count,
    down: count,
    unknown: count,
    databasesDown: z
      .array(
        z.strictObject({
          checkId: idSchema,
          databaseId: idSchema,
          name: z.string(),
          engine: z.strictObject({ name: z.string(), version: z.string() }),
          address: addressSchema.nullable(),
          lastCheckedAt: atOrNull,
          lastError: checkErrorSchema.nullable(),
          since: atOrNull,
        }),
      )
      .meta({ description: 'Those that are down, the longest first; 100 at most.' }),
  })
  .meta({ id: 'Health', description: 'How the databases of a tenant are.' });

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
