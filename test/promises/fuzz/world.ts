import { Agent } from 'node:http';
import { createMemoryBackend } from '../../../containers/memory';
import { memoryHost } from '../../../dev/memory-host';
import { query } from '../../support/database';
import { eventually } from '../../support/eventually';
import type { Answer } from '../../support/http';
import { keyOf } from '../../support/keys';
import { startSlipway } from '../../support/slipway';
import { ada, uniqueName } from '../../support/test-store';
import { type Digests, openDigest } from './digest';
import type { Bearer, FuzzRequest } from './requests';
import { send } from './send';
import type { Reference } from './values';

/** A Slipway to be asked anything, in which nothing changes by itself between two requests. */
export interface World {
  /** The request as it is sent, with what is there now in place of its references. */
  ask(request: FuzzRequest): Promise<Answer<any>>;
  digest(): Promise<Digests>;
  /** After something was accepted: awaits its end, and makes anew what there must be. */
  settle(): Promise<void>;
  readonly url: string;
  close(): Promise<void>;
}

/** Operations take milliseconds; a machine that does other things takes its time. */
const restTimeoutMs = 90_000;

/** Databases at rest that there always are. */
const least = 3;

export async function createWorld(): Promise<World> {
  const slipway = await startSlipway({ ports: memoryHost(createMemoryBackend()) });
  const { store, api, database } = slipway;
  const tenantId = (await store.tenants.create('fuzzed', ada)).id;
  const strangerId = (await store.tenants.create('stranger', ada)).id;
  const expired = await keyOf(store, { tenantId });
  await query(database.url, `UPDATE api_keys SET expires_at = now() - interval '1 day' WHERE id = $1`, [
    keyIdIn(expired),
  ]);
  const keys: Record<Bearer, string | null> = {
    admin: await keyOf(store, { tenantId }),
    operator: await keyOf(store, { tenantId, role: 'operator' }),
    viewer: await keyOf(store, { tenantId, role: 'viewer' }),
    stranger: await keyOf(store, { tenantId: strangerId }),
    installation: api.key,
    expired,
    mistyped: api.key.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a')),
    none: null,
  };
  const digest = await openDigest(database.url);
  // A connection that is kept may be closed by the API while nothing is asked.
  const agent = new Agent({ keepAlive: false });
  const there: Record<Reference, string> = {
    ...{ database: '', instance: '', operation: '', name: '', key: '', tenant: '', host: '' },
  };

  async function atRest(): Promise<void> {
    await eventually(async () => {
      const columns = 'id, kind, state, run_id, waiting_for, now() - created_at AS age';
      expect(await query(database.url, `SELECT ${columns} FROM operations WHERE ended_at IS NULL`)).toEqual([]);
    }, restTimeoutMs);
  }

  async function settle(): Promise<void> {
    await atRest();
    const databases = await query<{ id: string }>(
      database.url,
      `SELECT id FROM databases WHERE tenant_id = $1 ORDER BY created_at`,
      [tenantId],
    );
    for (let missing = least - databases.length; missing > 0; missing -= 1) {
      const body = { name: uniqueName(), version: '17', size: 'small' };
      await api.send('POST', '/v1/databases', body, { 'slipway-tenant': tenantId });
    }
    await atRest();
    await refer();
  }

  /** Another one each time, so that requests meet things in many states. */
  async function refer(): Promise<void> {
    const [row] = await query<Record<Reference, string>>(
      database.url,
      `SELECT d.id AS database, d.id || '-primary' AS instance, o.id AS operation
       FROM databases d JOIN operations o ON o.tenant_id = d.tenant_id
       WHERE d.tenant_id = $1 ORDER BY md5(d.id || o.id || (SELECT count(*) FROM operations)) LIMIT 1`,
      [tenantId],
    );
    Object.assign(there, row, {
      name: uniqueName(),
      key: keyIdIn(await keyOf(store, { tenantId, role: 'viewer' })),
      tenant: (await store.tenants.create(uniqueName(), ada)).id,
      host: await newHost(),
    });
  }

  /** One whose worker never came, which gets nothing: what is done to it takes no room away. */
  async function newHost(): Promise<string> {
    const place = { address: '127.0.0.1', portFrom: 20_000, portTo: 20_099, addressPool: '10.213.0.0/16' };
    const settings = { labels: {}, capacity: { nanoCpus: null, memoryBytes: null }, cordoned: false };
    return (await store.hosts.create({ id: uniqueName(), ...place, ...settings }, ada)).id;
  }

  await settle();
  return {
    url: api.url,
    settle,
    digest: digest.read,
    ask({ bearer, ...request }) {
      const filled = (text: string) => text.replaceAll(/@@(\w+)@@/g, (_all, name: Reference) => there[name] ?? '');
      const key = keys[bearer];
      return send(agent, api.url, {
        method: request.method,
        target: filled(request.target),
        headers: {
          ...Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, filled(value)])),
          ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        },
        body: typeof request.body === 'string' ? filled(request.body) : request.body,
      });
    },
    async close() {
      agent.destroy();
      await digest.close();
      await slipway.stop();
    },
  };
}

function keyIdIn(key: string): string {
  return key.slice(4, 16);
}
