import type { MemoryBackend } from '../../containers/memory';
import { type Labels, labelsOf } from '../../domain/names';
import { query } from './database';
import { eventually } from './eventually';
import type { Slipway } from './slipway';

export type Rest = 'available' | 'stopped' | 'paused';

/** Changes to a database's objects that bypass Slipway. */
export type Change =
  | 'removeContainer'
  | 'stopContainer'
  | 'startContainer'
  | 'pauseContainer'
  | 'resumeContainer'
  | 'removeNetwork'
  | 'removeVolume';

export type Drifting = ReturnType<typeof createDrifting>;

let serial = 0;

/** Makes the databases of a Slipway on an in-memory host drift, and reads how the reconciler reacts. */
export function createDrifting({ api, database, installation }: Slipway, backend: MemoryBackend) {
  const read = async (databaseId: string): Promise<any> => (await api.send('GET', `/v1/databases/${databaseId}`)).body;

  async function repairsOf(databaseId: string): Promise<any[]> {
    return (await api.send('GET', `/v1/operations?databaseId=${databaseId}&kind=repair`)).body.items;
  }

  async function reconciler(): Promise<any> {
    return (await api.send('GET', '/v1/reconcilers')).body.items[0];
  }

  /** Creates a database and brings it to rest in this state. */
  async function databaseThatIs(state: Rest): Promise<string> {
    const input = { name: `drifting-${++serial}`, version: '17', size: 'small' };
    const { id } = (await api.succeeded('POST', '/v1/databases', input)).database;
    if (state === 'stopped') await api.succeeded('POST', `/v1/databases/${id}/stop`);
    if (state === 'paused') await api.succeeded('POST', `/v1/databases/${id}/pause`);
    return id;
  }

  return {
    read,
    repairsOf,
    reconciler,

    labelsFor(databaseId: string): Labels {
      return labelsOf({ installation, tenantId: 'default', databaseId });
    },

    databaseThatIs,

    /** Creates many databases, a few at a time. */
    async databasesThatAre(states: readonly Rest[]): Promise<string[]> {
      const ids: string[] = [];
      for (let made = 0; made < states.length; made += 5) {
        ids.push(...(await Promise.all(states.slice(made, made + 5).map(databaseThatIs))));
      }
      return ids;
    },

    async behindOurBack(databaseId: string, ...changes: Change[]): Promise<void> {
      for (const change of changes) {
        const kind = { removeNetwork: 'network', removeVolume: 'volume' }[change as string] ?? 'container';
        const objects = await backend.list({ 'slipway.database': databaseId });
        for (const { name, labels } of objects.filter((object) => object.kind === kind)) {
          await backend[change](name, labels);
        }
      }
    },

    /** Waits until there are `count` repairs and the last one has ended; returns that one. */
    async repaired(databaseId: string, count = 1): Promise<any> {
      const [last] = await eventually(async () => {
        const repairs = await repairsOf(databaseId);
        expect(repairs).toHaveLength(count);
        expect(repairs[0].done).toBe(true);
        return repairs;
      });
      return last;
    },

    /** Waits until the last repair is running; returns it. */
    async repairing(databaseId: string): Promise<any> {
      return eventually(async () => {
        expect((await read(databaseId)).state).toBe('modifying');
        const [repair] = await repairsOf(databaseId);
        expect(repair?.state).toBe('running');
        return repair;
      });
    },

    async instanceOnce(databaseId: string, like: object): Promise<any> {
      return eventually(async () => {
        const [instance] = (await read(databaseId)).instances;
        expect(instance).toMatchObject(like);
        return instance;
      });
    },

    /** The events of a database, except those of operations. */
    async eventsOf(databaseId: string): Promise<{ type: string; data: any }[]> {
      const sql = `SELECT type, data FROM events WHERE database_id = $1 AND type NOT LIKE 'operation.%' ORDER BY sequence`;
      return query(database.url, sql, [databaseId]);
    },

    /** Waits for the next full pass of the reconciler to end. */
    async nextPass(): Promise<void> {
      const { passedAt } = await reconciler();
      await eventually(async () => expect((await reconciler()).passedAt > passedAt).toBe(true));
    },
  };
}
