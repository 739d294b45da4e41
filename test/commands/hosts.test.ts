import path from 'node:path';
import { runNode } from '../support/run-node';
import { openTestStore, type TestStore, testHost } from '../support/test-store';

let bench: TestStore;
beforeAll(async () => {
  bench = await openTestStore();
});
afterAll(() => bench?.close());

/** The command as in production, with nothing in its environment but the store. */
function hosts(...args: string[]) {
  return runNode(path.join('dist', 'commands', 'main.js'), ['hosts', ...args], { DATABASE_URL: bench.database.url });
}

test('replace-engine lets another engine register, and is in the audit log (M37)', async () => {
  const { store } = bench;
  const host = testHost('replaced');
  await store.hosts.register(host, 'engine-1');
  expect(await hosts('replace-engine', 'replaced')).toMatchObject({ code: 0, stdout: '' });
  await store.hosts.register(host, 'engine-2');
  const entries = await bench.rows(`SELECT actor, action, resource_id AS "id" FROM audit_entries`);
  expect(entries).toContainEqual({ actor: 'command', action: 'host.replaceEngine', id: 'replaced' });
});

test('of a host that is not known it ends with 1 and says so', async () => {
  const { code, stderr } = await hosts('replace-engine', 'nowhere');
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('host nowhere not found') });
});

test.each([[], ['replace-engine'], ['replace-engine', 'a', 'b'], ['forget', 'a']])(
  'what it does not understand ends with 64: %p',
  async (...args: string[]) => {
    expect(await hosts(...args)).toMatchObject({ code: 64, stdout: '' });
  },
);
