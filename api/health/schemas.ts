import { z } from 'zod';
import { checkErrorCodes } from '../../domain/health/check-errors';
import { checkSettingsShape, checkStates } from '../../domain/health/checks';
import { idSchema } from '../../domain/ids';
import { addressSchema, at, atOrNull, count } from '../http/schemas';

// Responses about health checks and reconcilers.

const checkErrorSchema = z
  .strictObject({ code: z.enum(checkErrorCodes), message: z.string() })
  .meta({ id: 'CheckError', description: 'Why a health check failed.' });

export const checkSchema = z
  .strictObject({
    id: idSchema,
    databaseId: idSchema,
    databaseName: z.string(),
    enabled: z.boolean(),
    ...checkSettingsShape,
    state: z.enum(checkStates).meta({ description: 'Also `unknown` while the database is not expected to be up.' }),
    since: atOrNull.meta({ description: 'When the state began; null while it is unknown.' }),
    successes: count.meta({ description: 'Consecutive successes.' }),
    failures: count.meta({ description: 'Consecutive failures.' }),
    lastCheckedAt: atOrNull,
    lastLatencyMs: count.nullable(),
    lastError: checkErrorSchema.nullable(),
    lastManualRunAt: atOrNull,
    nextCheckAt: atOrNull.meta({ description: 'When the next run is due; null while the check is disabled.' }),
    createdAt: at,
    updatedAt: at,
  })
  .meta({ id: 'HealthCheck', description: 'Checks regularly whether clients can use a database.' });

export const checkResultSchema = z
  .strictObject({ checkedAt: at, healthy: z.boolean(), latencyMs: count, error: checkErrorSchema.nullable() })
  .meta({ id: 'HealthResult', description: 'The result of one run of a health check.' });

export const healthSchema = z
  .strictObject({
    enabled: count.meta({ description: 'Enabled checks. Disabled checks are not counted anywhere in this summary.' }),
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
      .meta({ description: 'The databases that are down, longest outage first; at most 100.' }),
  })
  .meta({ id: 'Health', description: "A summary of the health of a tenant's databases." });

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
  .meta({ id: 'Orphan', description: 'A container, volume or network of Slipway whose database has no record.' });

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
  .meta({ id: 'Reconciler', description: "The state of a host's reconciler." });
