import type { InstanceUsage } from '../../agent/protocol';
import { DatabaseError, type Problem, problemOfError } from '../../domain/errors';
import { monitorLogin } from '../../postgres/logins';
import { type EngineStatistics, readStatistics } from '../../postgres/statistics';
import type { DatabaseRecord, InstanceRecord } from '../../store/databases/records';
import type { ApiDependencies } from '../dependencies';
import { idParams } from '../http/query';
import { type Route, route } from '../http/route';
import { pageSchemaOf } from '../http/schemas';
import { databaseOf } from './database-of';
import { statsSchema } from './schemas';

/** Longer than this nobody waits for an engine's part. */
const engineTimeoutMs = 2_000;

/** A part of the answer; null where it cannot be had, and then it says why. */
interface Part<Value> {
  readonly value: Value | null;
  readonly error: Problem | null;
}

/** What a database's instances use of their hosts, and what their engines say of themselves. */
export function statsRoutes({ store, hostAgent }: ApiDependencies): Route[] {
  async function statsOf(database: DatabaseRecord, instance: InstanceRecord): Promise<object> {
    const { id: instanceId, name, role, hostId } = instance;
    const usage = await partOf(() => usageOf(database, instance));
    // What is frozen or not there is not asked; behind a host that is silent an engine may answer all the same.
    const isDown = usage.error?.code === 'state_conflict';
    const engine = isDown ? { value: null, error: usage.error } : await partOf(() => engineOf(database, instance));
    return {
      instanceId,
      name,
      role,
      hostId,
      usage: usage.value,
      usageError: usage.error,
      engine: engine.value,
      engineError: engine.error,
    };
  }

  async function usageOf({ id, tenantId }: DatabaseRecord, { name, hostId }: InstanceRecord): Promise<InstanceUsage> {
    const { state, usage } = await hostAgent.usage({ hostId, tenantId, databaseId: id, instanceName: name });
    if (usage !== null) return usage;
    throw new DatabaseError('state_conflict', `the instance is ${state}`, { currentState: state });
  }

  async function engineOf({ tenantId }: DatabaseRecord, instance: InstanceRecord): Promise<EngineStatistics> {
    const { databaseId, hostAddress: host, hostPort: port, initializedAt } = instance;
    if (initializedAt === null) throw new DatabaseError('not_ready', 'the engine was never ready');
    const password = await store.secrets.readFor(tenantId, databaseId, 'monitor');
    return readStatistics({ host, port, ...monitorLogin, password }, engineTimeoutMs);
  }

  return [
    route({
      method: 'get',
      path: '/v1/databases/:id/stats',
      permission: 'database:read',
      tag: 'databases',
      summary: "Read a database's resource usage and statistics",
      answers: { 200: { description: 'The statistics of each instance', schema: pageSchemaOf(statsSchema) } },
      problems: ['not_found'],
      params: idParams,
      async handle({ principal, params, response }) {
        const database = await databaseOf(store, principal, params.id);
        const items = await Promise.all(database.instances.map((instance) => statsOf(database, instance)));
        response.json({ items, nextPageToken: null });
      },
    }),
  ];
}

async function partOf<Value>(read: () => Promise<Value>): Promise<Part<Value>> {
  try {
    return { value: await read(), error: null };
  } catch (error) {
    return { value: null, error: problemOfError(error) };
  }
}
