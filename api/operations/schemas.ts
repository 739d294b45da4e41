import { z } from 'zod';
import { idSchema } from '../../domain/ids';
import { operationKinds } from '../../domain/operations/operations';
import { operationStates, stepStates } from '../../domain/states';
import { databaseSchema } from '../databases/schemas';
import { at, atOrNull, cause, causeSchema, count } from '../http/schemas';

// Answers about operations and events.

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
