import type { z } from 'zod';
import type { CheckSettings } from '../../domain/health/checks';
import { kinds } from '../../domain/operations/kinds';
import { createdSpec, type createInputSchema } from '../../domain/operations/operations';
import { reserve } from '../capacity/holdings';
import { storeTime } from '../connection/clock';
import { translated } from '../connection/errors';
import { newId } from '../connection/ids';
import type { TenantScope } from '../connection/tenant-scope';
import { json } from '../databases/records';
import { bindToChannels } from '../notifications/bindings';
import { translateConflict } from './conflicts';
import { type Accepted, insertOperation, type OperationRequest } from './insert';

export type CreateInput = z.output<typeof createInputSchema>;

/** @param checkDefaults the health check of a new database */
export function createDatabaseCreation(asTenant: TenantScope, checkDefaults: CheckSettings) {
  return {
    /**
     * Records a new database with its health check, and the operation that creates it. Throws `name_in_use`,
     * `request_in_progress`, `quota_exceeded`, `capacity_exhausted`.
     */
    async create(request: OperationRequest, input: CreateInput): Promise<Accepted> {
      const id = newId();
      const spec = createdSpec(input);
      try {
        return await translated('record the database', () =>
          asTenant(request.tenantId, async (tx) => {
            const now = await storeTime(tx);
            const { name, description, labels, deletionProtection } = input;
            const attributes = { description, labels, deletionProtection };
            const { during: state } = kinds.create;
            const written = {
              id,
              tenantId: request.tenantId,
              name,
              ...attributes,
              state,
              createdAt: now,
              updatedAt: now,
            };
            await tx.database.create({ data: { ...written, spec: json(spec) }, select: { id: true } });
            const database = {
              ...written,
              spec,
              generation: 1,
              disruption: 1,
              error: null,
              deletedAt: null,
              purgeAt: null,
              owed: null,
              instances: [],
            };
            const operation = await insertOperation(tx, request, {
              database,
              kind: 'create',
              input,
              formerState: null,
              retryOf: null,
              now,
              after: { ...attributes, spec },
            });
            const check = await tx.healthCheck.create({
              data: { id: newId(), tenantId: request.tenantId, databaseId: id, ...checkDefaults },
              select: { id: true },
            });
            await bindToChannels(tx, [check.id]);
            // Last: others who take from this quota wait from here to the commit.
            await reserve(tx, database, null, input.size);
            return { operation, database };
          }),
        );
      } catch (error) {
        throw await translateConflict(asTenant, request, { name: input.name }, error);
      }
    },
  };
}
