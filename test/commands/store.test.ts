import path from 'node:path';
import { runNode } from '../support/run-node';
import { acceptedCreate, available, openTestStore, type TestStore } from '../support/test-store';

let bench: TestStore;
beforeAll(async () => {
  bench = await openTestStore();
});
afterAll(() => bench?.close());

/** The command as in production, with nothing in its environment but the store. */
function store(...args: string[]) {
  return runNode(path.join('dist', 'commands', 'main.js'), ['store', ...args], { DATABASE_URL: bench.database.url });
}

test('restored holds the store and lists the operations that it has ended; release ends the hold (M54)', async () => {
  const { operation } = await acceptedCreate(bench.store);
  const { database } = await available(bench.store);
  expect(await store('restored', '--reason', 'disk lost')).toMatchObject({ code: 0, stdout: `${operation.id}\n` });
  expect(await bench.store.installation.read()).toMatchObject({ epoch: 2, held: { reason: 'disk lost' } });
  const refused = await store('release');
  expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(bench.host.id) });
  expect(await store('release', '--incomplete', '--recover')).toMatchObject({ code: 0, stdout: `${database.id}\n` });
  expect(await bench.store.installation.read()).toMatchObject({ epoch: 2, held: null });
  const entries = await bench.rows(
    `SELECT actor, action FROM audit_entries WHERE resource_kind = 'installation' ORDER BY id`,
  );
  expect(entries).toEqual([
    { actor: 'command', action: 'installation.restored' },
    { actor: 'command', action: 'installation.release' },
  ]);
});

test.each([[], ['restored'], ['restored', '--reason', ' '], ['release', 'all'], ['forget']])(
  'what it does not understand ends with 64: %p',
  async (...args: string[]) => {
    expect(await store(...args)).toMatchObject({ code: 64, stdout: '' });
  },
);
