import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

// A statement about databases reads `databases` of store/databases/selects.ts, which leaves out the deleted ones. The
// statements that read the table itself are counted here, each with its reason: a new one fails this test until somebody
// has decided about deleted databases.

const store = path.join(__dirname, '..', '..', '..', 'store');

const allowed: Readonly<Record<string, { readonly count: number; readonly because: string }>> = {
  'access/tenants.ts': { count: 1, because: 'a tenant with deleted databases is in use' },
  'capacity/holdings.ts': { count: 1, because: 'the database of an operation' },
  'capacity/lost-hosts.ts': { count: 3, because: 'it leaves out deleted ones by their time' },
  'databases/databases.ts': { count: 4, because: 'what a deleted database keeps is no orphan' },
  'databases/selects.ts': { count: 2, because: 'the rule itself, and the reads of deleted databases' },
  'health/monitoring.ts': { count: 1, because: 'it leaves out deleted ones by their time' },
  'installation/differences.ts': { count: 1, because: 'the volumes of deleted databases are no differences' },
  'installation/release.ts': { count: 2, because: 'it leaves out deleted ones by their time' },
  'installation/restored.ts': { count: 1, because: 'failed databases of the version before' },
  'operations/change.ts': { count: 4, because: 'the database of an operation' },
  'operations/conflicts.ts': {
    count: 2,
    because: 'the database of an operation; the other has the name, and is shown',
  },
  'operations/create.ts': { count: 1, because: 'a new database' },
  'operations/deleted.ts': { count: 2, because: 'it hides a database' },
  'operations/end.ts': { count: 1, because: 'the database of an operation' },
  'operations/fence.ts': { count: 2, because: 'the database of an operation' },
  'operations/finish.ts': { count: 1, because: 'the database of an operation' },
  'operations/insert.ts': { count: 2, because: 'the lock; the read that follows has the rule' },
  'operations/purge.ts': { count: 6, because: 'deleted databases' },
  'operations/recover.ts': { count: 4, because: 'failed databases, and the database of an operation' },
  'operations/repairs.ts': { count: 2, because: 'the database of an operation' },
  'operations/retention.ts': { count: 1, because: 'a deleted database keeps its newest operations' },
  'operations/runs.ts': { count: 2, because: 'the database of an operation' },
  'operations/settle.ts': { count: 5, because: 'the database of an operation' },
  'operations/steps.ts': { count: 1, because: 'the database of an operation' },
};

/** A use of the table: in SQL, through the ORM, or with all its rows. */
const uses = /\b(?:FROM|JOIN|UPDATE|USING|INTO) "?databases\b|\.database\.\w+\(|\bselectAllDatabases\b/g;

test('every statement about databases leaves out the deleted ones, or is listed with a reason (M22)', () => {
  const files = readdirSync(store, { recursive: true, encoding: 'utf8' });
  const sources = files.filter((file) => file.endsWith('.ts') && !file.startsWith('generated'));
  const found = sources.flatMap((file): [string, number][] => {
    const count = [...readFileSync(path.join(store, file), 'utf8').matchAll(uses)].length;
    return count === 0 ? [] : [[file, count]];
  });
  const expected = Object.entries(allowed).map(([file, { count }]) => [file, count]);
  expect(found.sort()).toEqual(expected.sort());
});
