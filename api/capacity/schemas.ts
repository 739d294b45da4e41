import { z } from 'zod';
import { hostStates } from '../../domain/capacity/hosts';
import { at, cause, count, countOrNull } from '../http/schemas';

// Responses about hosts and quotas.

const breakerSchema = z.looseObject({ state: z.enum(['closed', 'open', 'half_open']), since: at });

export const hostSchema = z
  .strictObject({
    id: z.string(),
    labels: z.record(z.string(), z.string()),
    state: z.enum(hostStates).meta({
      description:
        '`silent`: none of its workers was seen for 30 seconds. `new`: no worker has registered. `new`, `silent` and ' +
        '`cordoned` hosts get no new instances.',
    }),
    lastSeenAt: at.nullable().meta({ description: 'When a worker of the host last registered.' }),
    cordoned: z.boolean().meta({ description: 'A cordoned host gets no new instances.' }),
    engineId: z.string().nullable().meta({
      description:
        "The container engine's own id. A worker with another engine is refused. Null until a worker registers.",
    }),
    address: z.string(),
    portRange: z.strictObject({ from: z.int(), to: z.int() }),
    addressPool: z.string().meta({ examples: ['10.213.0.0/16'] }),
    capacity: z
      .strictObject({ nanoCpus: countOrNull, memoryBytes: countOrNull })
      .meta({ description: 'The limit for all databases together; null means unlimited.' }),
    used: z
      .strictObject({ nanoCpus: count, memoryBytes: count })
      .meta({ description: 'The total size of all databases on the host.' }),
    instances: count,
    workers: z
      .array(z.strictObject({ id: z.string(), build: z.string(), contract: z.int(), startedAt: at, lastSeenAt: at }))
      .meta({
        description:
          'Its worker processes of the last hour, the newest first. `build` is a digest of the workflows: operations begin under the newest build that is live. `contract` says which steps the worker can carry out.',
      }),
    worker: z.strictObject({ answers: z.boolean(), error: cause }),
    breaker: breakerSchema.nullable(),
    calls: z.strictObject({ running: count, waiting: count, most: count }).nullable(),
  })
  .meta({ id: 'Host', description: 'A Docker engine, and its state as reported by its worker.' });

const limitAndUsed = z.strictObject({ limit: countOrNull, used: count });

export const quotaSchema = z
  .strictObject({ tenantId: z.string(), databases: limitAndUsed, nanoCpus: limitAndUsed, memoryBytes: limitAndUsed })
  .meta({ id: 'Quota', description: "A tenant's limits (null means unlimited) and current usage." });
