import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { archive } from '../../commands/audit/archive';
import { verify } from '../../commands/audit/verify';
import { openTestStore, type TestStore } from '../support/test-store';

// The oldest part of the audit in a file: nothing is lost, and every change is still found.

let bench: TestStore;
let folder: string;
beforeEach(async () => {
  bench = await openTestStore();
  folder = mkdtempSync(path.join(tmpdir(), 'slipway-audit-'));
  // An entry a day.
  await bench.rows(`INSERT INTO audit_entries (actor, action, resource_kind, resource_id, resource_name, outcome, before, at)
    SELECT 'ada', 'host.update', 'host', 'host-' || i, '', 'succeeded', '{"b": 1, "a": [null, 0.5, "é"]}',
      timestamptz '2026-01-01' + i * interval '1 day' FROM generate_series(1, 1100) AS i`);
});
afterEach(async () => {
  rmSync(folder, { recursive: true });
  await bench.close();
});

const chain = () => bench.store.auditChain;
const fileOf = (name: string) => path.join(folder, name);
/** The time of the entry at a place. */
const timeOf = (place: number) => new Date(Date.UTC(2026, 0, 1 + place));
const places = () =>
  bench.rows<{ first: number; last: number }>(
    'SELECT min(place)::int AS first, max(place)::int AS last FROM audit_seals',
  );
const entries = () => bench.rows('SELECT id FROM audit_entries');

test('M60 an archive verifies against its head, and the chain in the store continues from it', async () => {
  const one = await archive(chain(), timeOf(601), fileOf('one'));
  const two = await archive(chain(), timeOf(1001), fileOf('two'));

  expect([one, two]).toMatchObject([
    { head: { place: 600 }, entries: 600 },
    { head: { place: 1000 }, entries: 400 },
  ]);
  expect(await places()).toEqual([{ first: 1001, last: 1101 }]);
  // With the entries of both archives, of which one is not sealed yet.
  expect(await entries()).toHaveLength(102);
  expect(statSync(fileOf('one')).mode & 0o777).toBe(0o600);
  const known = [one, two].flatMap((archived) => (archived === null ? [] : [archived.head]));
  expect(await verify(chain(), [fileOf('one'), fileOf('two')], known)).toMatchObject({
    head: { place: 1102 },
    waiting: 0,
    problems: [],
  });
  expect(
    await bench.store.audit.list(null, { action: 'audit.archive' }, { pageSize: 5, pageToken: null }),
  ).toMatchObject({ items: [{ after: two?.head }, { after: one?.head }] });
});

test('M60 an archive that was changed, cut off, left out or swapped is found', async () => {
  await chain().seal();
  const known = await bench.rows<{ place: number; digest: string }>(
    `SELECT place::int, encode(digest, 'hex') AS digest FROM audit_seals WHERE place = 300`,
  );
  await archive(chain(), timeOf(601), fileOf('one'));
  await archive(chain(), timeOf(1001), fileOf('two'));
  const problems = async (files: string[]) => (await verify(chain(), files.map(fileOf), known)).problems;

  expect(await problems(['two'])).toEqual(['place 300 is in an archive that was not given']);
  expect(await problems(['two', 'one'])).toContain(`${fileOf('one')} does not begin where the archive before it ends`);
  expect(await problems(['one'])).toEqual([
    'the archives end at place 600, and the chain in the store begins after place 1000',
  ]);
  const text = readFileSync(fileOf('one'), 'utf8');
  writeFileSync(fileOf('one'), text.replace('"resourceId":"host-7"', '"resourceId":"host-8"'));
  expect(await problems(['one', 'two'])).toEqual([`${fileOf('one')}: entry 7 at place 7 was changed`]);
  writeFileSync(fileOf('one'), text.slice(0, 100_000));
  await expect(problems(['one', 'two'])).rejects.toThrow('one is no whole archive of the audit');
});

test('M60 nothing is removed before the archive is complete, and a cut archive is completed later', async () => {
  await expect(archive(chain(), timeOf(601), path.join(folder, 'missing', 'one'))).rejects.toThrow('ENOENT');
  await bench.rows(`BEGIN; SET LOCAL session_replication_role = replica;
    UPDATE audit_entries SET actor = 'nobody' WHERE id = 7; COMMIT`);
  await expect(archive(chain(), timeOf(601), fileOf('one'))).rejects.toThrow('entry 7 at place 7 was changed');
  expect(existsSync(fileOf('one'))).toBe(false);
  await bench.rows(`BEGIN; SET LOCAL session_replication_role = replica;
    UPDATE audit_entries SET actor = 'ada' WHERE id = 7; COMMIT`);
  expect(await entries()).toHaveLength(1100);

  // Ends after the head was recorded.
  const cut = { ...chain(), removeArchived: () => Promise.reject(new Error('killed')) };
  await expect(archive(cut, timeOf(601), fileOf('one'))).rejects.toThrow('killed');
  expect(await entries()).toHaveLength(1100);
  const headed = { ...chain(), removeArchived: async () => undefined };
  expect(await archive(headed, timeOf(601), fileOf('one'))).toMatchObject({ head: { place: 600 } });
  expect(await places()).toEqual([{ first: 1, last: 1100 }]);
  expect(await verify(chain(), [fileOf('one')], [])).toMatchObject({ problems: [] });

  expect(await archive(chain(), timeOf(601), fileOf('two'))).toBeNull();
  expect(await places()).toEqual([{ first: 601, last: 1101 }]);
  expect(await verify(chain(), [fileOf('one')], [])).toMatchObject({ problems: [] });
});

test('M60 the newest entry stays, and an existing file is not replaced', async () => {
  writeFileSync(fileOf('one'), 'kept');
  await expect(archive(chain(), new Date(), fileOf('one'))).rejects.toThrow('EEXIST');
  expect(readFileSync(fileOf('one'), 'utf8')).toBe('kept');
  const all = new Date('2100-01-01');
  expect(await archive(chain(), all, fileOf('two'))).toMatchObject({ head: { place: 1099 } });
  expect(await archive(chain(), all, fileOf('three'))).toMatchObject({ entries: 1 });
  expect(await verify(chain(), [fileOf('two'), fileOf('three')], [])).toMatchObject({ problems: [] });
});

test('M60 only what is in an archive can be deleted', async () => {
  await archive(chain(), timeOf(601), fileOf('one'));
  for (const table of ['audit_entries', 'audit_seals', 'audit_heads'])
    await expect(bench.rows(`DELETE FROM ${table}`)).rejects.toThrow(/the audit is only added to/);
});
