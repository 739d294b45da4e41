import { z } from 'zod';
import { idSchema } from '../../domain/ids';
import { operationKinds } from '../../domain/operations/kinds';
import { operationStates, stepStates } from '../../domain/states';
import { databaseSchema } from '../databases/schemas';
import { at, atOrNull, cause, causeSchema, count } from '../http/schemas';

// Responses about operations and events.

const stepSchema = z.strictObject({
  plan: z.int().meta({
    description: 'The number of the plan that the step belongs to; a later plan may roll back an earlier one.',
  }),
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
    steps: z.array(stepSchema).optional().meta({ description: 'Omitted from lists.' }),
    waitingFor: cause.meta({ description: 'Why the operation is waiting.' }),
    error: cause,
    warnings: z.array(causeSchema),
    retryOf: idSchema.nullable(),
    createdAt: at,
    startedAt: atOrNull,
    endedAt: atOrNull,
    cancelRequestedAt: atOrNull,
  })
  .meta({ id: 'Operation', description: 'One accepted request and its progress.' });

export const acceptedSchema = z
  .strictObject({ operation: operationSchema, database: databaseSchema.optional() })
  .meta({ id: 'Accepted', description: 'The accepted operation; follow it at `Location`.' });

export const unchangedSchema = z
  .strictObject({ operation: z.null(), database: databaseSchema })
  .meta({ id: 'Unchanged', description: 'Already in the requested state; nothing was recorded.' });

export const eventSchema = z
  .strictObject({
    sequence: z.int().meta({ description: 'The position among all events; lists and streams follow this order.' }),
    type: z.string().meta({ examples: ['operation.succeeded'] }),
    databaseId: idSchema.nullable(),
    operationId: idSchema.nullable(),
    data: z.unknown(),
    at,
  })
  .meta({ id: 'Event', description: 'Something that happened, such as the end of an operation.' });
