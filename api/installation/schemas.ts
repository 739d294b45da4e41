import { z } from 'zod';
import { idSchema } from '../../domain/ids';
import { standings } from '../../domain/planning/restored';
import { at, count } from '../http/schemas';

// Responses about the installation.

const differenceSchema = z.strictObject({
  databaseId: z.string(),
  tenantId: z.string(),
  name: z.string().nullable().meta({ description: 'Null for a database without a record.' }),
  standing: z.enum(standings).exclude(['same']),
  reason: z.string().nullable(),
});

const comparisonSchema = z
  .strictObject({
    databases: z
      .strictObject(Object.fromEntries(standings.map((standing) => [standing, count])))
      .meta({ description: 'How many databases there are of each standing.' }),
    hostsNotCompared: z.array(z.string()).meta({ description: 'Hosts whose worker has not reported yet.' }),
    differences: z.array(differenceSchema).meta({ description: 'Every database that is not `same`.' }),
  })
  .meta({
    id: 'StoreComparison',
    description:
      'How databases compare with the restored store. `diverged`: an object was created after the backup. `not_compared`: the worker of its host has not reported yet. `missing`: an object of the record does not exist. `unknown_object`: an object is on no record. `same`: none of these.',
  });

export const installationSchema = z
  .strictObject({
    id: z.string(),
    epoch: z.int().min(1).meta({ description: 'Raised whenever the store is restored from a backup.' }),
    held: z
      .strictObject({ since: at, reason: z.string() })
      .nullable()
      .meta({ description: 'Set from a restore to the release: meanwhile the store refuses changes (`store_held`).' }),
    comparison: comparisonSchema.nullable().meta({ description: 'Null unless the store is held.' }),
  })
  .meta({ id: 'Installation', description: 'This installation of Slipway.' });

export const releasedSchema = z
  .strictObject({
    failed: z.array(idSchema).meta({ description: 'Databases that became `failed` and wait for a person.' }),
    recovering: z.array(idSchema).meta({ description: 'Databases whose recovery is due now.' }),
  })
  .meta({ id: 'Released', description: 'What a release has changed.' });
