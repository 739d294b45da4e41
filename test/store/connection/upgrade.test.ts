import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { openAuditChain } from '../../../store/access/audit-chain';
import { createCipher } from '../../../store/connection/cipher';
import { migrate } from '../../../store/connection/migrate';
import { ownerSecret } from '../../../store/databases/secrets';
import { createStore } from '../../../store/store';
import { createTestDatabase, query, type TestDatabase } from '../../support/database';

/** Stores of earlier versions, each named by its day: what `pg_dump --inserts` gave of an installation that had been used. */
const folder = path.join(__dirname, 'dumps');
const dumps = readdirSync(folder).sort();
const shipped = readdirSync(path.join(__dirname, '..', '..', '..', 'prisma', 'migrations'))
  .filter((name) => !name.includes('.'))
  .sort();
const statementTimeoutMs = 10_000;
const history = 'SELECT migration_name AS name, checksum, finished_at FROM _prisma_migrations ORDER BY started_at';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());

test.each(dumps)('a store of %s is upgraded with its data, and its migrations are not applied again', async (dump) => {
  await query(database.url, readFileSync(path.join(folder, dump), 'utf8'));
  const before = await query<{ name: string }>(database.url, history);
  const due = shipped.filter((name) => !before.some((applied) => applied.name === name));

  expect(await migrate({ databaseUrl: database.url, statementTimeoutMs })).toEqual(due);
  expect((await query(database.url, history)).slice(0, before.length)).toEqual(before);

  // The key that the installation had.
  const settings = { databaseUrl: database.url, poolMax: 3, connectTimeoutMs: 5_000, statementTimeoutMs };
  const store = createStore(settings, createCipher(Buffer.alloc(32, 7)));
  try {
    const page = { pageSize: 20, pageToken: null };
    const { items } = await store.databases.list('default', {}, page);
    expect(items.map(({ name, state, spec }) => ({ name, state, version: spec.version }))).toEqual([
      { name: 'stock', state: 'stopped', version: '15' },
      { name: 'orders', state: 'available', version: '17' },
    ]);
    const orders = items.find(({ name }) => name === 'orders');
    // Of the second: the first was rotated away.
    const secret = ownerSecret(orders?.spec.credentials ?? 0);
    const password = await store.secrets.readFor('default', orders?.id ?? '', secret);
    expect(password).toBe('gxXUeKt_xchIpUiNE-7S7qMMGcfRpBDiyyuNFqoHChc');
    const operations = await store.operations.list('default', {}, page);
    expect(operations.items.map(({ kind, state }) => `${kind} ${state}`)).toEqual(
      ['delete', 'create', 'rotate-credentials', 'stop', 'create', 'create'].map((kind) => `${kind} succeeded`),
    );
  } finally {
    await store.close();
  }
  const chain = await openAuditChain(settings);
  try {
    await chain.seal();
    expect(await chain.verify([])).toMatchObject({ waiting: 0, problems: [] });
  } finally {
    await chain.close();
  }
});
