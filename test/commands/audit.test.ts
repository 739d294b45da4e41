import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runNode } from '../support/run-node';
import { ada, openTestStore, type TestStore, uniqueName } from '../support/test-store';

let bench: TestStore;
beforeEach(async () => {
  bench = await openTestStore();
  for (let index = 0; index < 2; index += 1) await bench.store.tenants.create(uniqueName(), ada);
});
afterEach(() => bench.close());

/** The command as in production, with nothing in its environment but the store. */
function audit(...args: string[]) {
  return runNode(path.join('dist', 'commands', 'main.js'), ['audit', ...args], { DATABASE_URL: bench.database.url });
}

test('a chain that is whole ends with 0, and its head alone is on stdout', async () => {
  const first = await audit('verify');
  expect(first).toEqual({
    code: 0,
    stdout: expect.stringMatching(/^2:[0-9a-f]{64}\n$/),
    stderr: '2 entries, 0 waiting, 0 problems\n',
  });
  await bench.store.tenants.create(uniqueName(), ada);
  expect(await audit('verify', '--known', first.stdout.trim())).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/^3 entries/),
  });
});

test('a chain that is not whole ends with 1, and says where', async () => {
  await audit('verify');
  await bench.rows(`BEGIN; SET LOCAL session_replication_role = replica;
    UPDATE audit_entries SET actor = 'nobody' WHERE id = 1; COMMIT`);
  const { code, stderr } = await audit('verify');
  expect({ code, first: stderr.split('\n')[0] }).toEqual({ code: 1, first: 'entry 1 at place 1 was changed' });
});

test('what is archived ends with 0, with its head on stdout, and is verified with the chain', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'slipway-audit-'));
  try {
    const file = path.join(folder, 'archive');
    const archived = await audit('archive', '--before', '2100-01-01', '--file', file);
    expect(archived).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^1:[0-9a-f]{64}\n$/),
      stderr: `1 entries in ${file}\n`,
    });
    expect(await audit('verify', '--archive', file, '--known', archived.stdout.trim())).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^3:/),
      stderr: expect.stringContaining(' 0 problems'),
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each([
  [],
  ['prove'],
  ['verify', 'all'],
  ['verify', '--known', '7'],
  ['verify', '--fast'],
  ['archive', '--file', 'a'],
  ['archive', '--before', '2026-01-01'],
  ['archive', '--before', 'now', '--file', 'a'],
])('what it does not understand ends with 64: %p', async (...args: string[]) => {
  expect(await audit(...args)).toMatchObject({
    code: 64,
    stdout: '',
    stderr: expect.stringContaining('audit verify'),
  });
});
