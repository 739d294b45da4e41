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

/** The timeout for an engine's statistics. */
const engineTimeoutMs = 2_000;

/** One part of the response. If it could not be read, `value` is null and `error` gives the reason. */
interface Part<Value> {
  readonly value: Value | null;
  readonly error: Problem | null;
}

/** The resource usage of a database's instances, and the statistics of their engines. */
export function statsRoutes({ store, hostAgent }: ApiDependencies): Route[] {
  async function statsOf(database: DatabaseRecord, instance: InstanceRecord): Promise<object> {
    const { id: instanceId, name, role, hostId } = instance;
    const usage = await partOf(() => usageOf(database, instance));
    // A frozen or missing engine is not queried. If only the host is unavailable, the engine may still answer.
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
    const { databaseId, address: host, hostPort: port, initializedAt } = instance;
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
