import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';
import { type Size, sizeClasses } from '../../../domain/spec';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { expectCounted, holdingOf } from '../../support/holdings';

const folder = path.join(__dirname, '..', '..', '..', 'prisma', 'migrations');
const own = '20261121190000_capacity';
const { small, large } = sizeClasses;

let database: TestDatabase;
let client: Client;
beforeAll(async () => {
  database = await createTestDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
  for (const name of readdirSync(folder).sort()) if (name < own) await apply(name);
});
afterAll(async () => {
  await client?.end();
  await database?.drop();
});

async function apply(name: string): Promise<void> {
  await client.query(readFileSync(path.join(folder, name, 'migration.sql'), 'utf8'));
}

interface Former {
  readonly id: string;
  readonly state: string;
  readonly initialized?: boolean;
  /** The size that an open resize asks for. */
  readonly resizedTo?: Size;
  readonly wayBackPending?: boolean;
}

/** A small database as it was recorded before, on the host. */
async function insert({ id, state, initialized = true, resizedTo, wayBackPending = false }: Former): Promise<void> {
  await client.query(
    `INSERT INTO databases (id, tenant_id, name, spec, state, way_back_pending, created_at, updated_at)
     VALUES ($1, 'default', $1, $2, $3, $4, now(), now())`,
    [id, { size: small }, state, wayBackPending],
  );
  await client.query(
    `INSERT INTO instances
       (id, database_id, tenant_id, host_id, name, role, state, host_port, initialized_at, created_at, updated_at)
     SELECT $1, $2, 'default', 'host-a', 'primary', 'primary', $3, 20000 + count(*), CASE WHEN $4 THEN now() END, now(), now()
     FROM instances`,
    [`${id}-primary`, id, state, initialized],
  );
  if (resizedTo === undefined) return;
  await client.query(
    `INSERT INTO operations
       (id, tenant_id, database_id, database_name, kind, input, state, generation, requested_by, request_id, created_at)
     VALUES ($1, 'default', $1, $1, 'resize', $2, 'running', 2, 'ada', 'r', now())`,
    [id, { size: resizedTo }],
  );
}

test('D02 what there was before quotas is counted: what it has, and what is asked for it', async () => {
  await client.query(
    `INSERT INTO hosts (id, address, port_from, port_to, address_pool, agent_url)
     VALUES ('host-a', '127.0.0.1', 20000, 20099, '10.213.0.0/16', 'http://127.0.0.1:1')`,
  );
  await insert({ id: 'at-rest', state: 'available' });
  await insert({ id: 'growing', state: 'modifying', resizedTo: large });
  await insert({ id: 'half-deleted', state: 'failed' });
  await insert({ id: 'left-over', state: 'failed', initialized: false, wayBackPending: true });
  await insert({ id: 'failed-create', state: 'failed', initialized: false });
  await apply(own);
  await expectCounted(database.url);
  const held = { ...small, hostId: 'host-a' };
  expect(await holdingOf(database.url, 'at-rest')).toEqual(held);
  expect(await holdingOf(database.url, 'growing')).toEqual({ ...large, hostId: 'host-a' });
  expect(await holdingOf(database.url, 'half-deleted')).toEqual(held);
  expect(await holdingOf(database.url, 'left-over')).toEqual(held);
  expect(await holdingOf(database.url, 'failed-create')).toBeUndefined();
  const { rows } = await client.query('SELECT databases_used::int AS used FROM quotas');
  expect(rows).toEqual([{ used: 4 }]);
});
