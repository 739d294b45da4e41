import { readFileSync } from 'node:fs';
import path from 'node:path';
import { operations } from '../databases/operations';
import { isPermitted, permissions, roleNames } from '../databases/permissions';
import { inProgressStates, lifecycleStates, observedStates, operationStates } from '../databases/states';

const page = (name: string) => readFileSync(path.join(__dirname, '..', 'docs', name), 'utf8');

/** What stands in backticks, in order. */
const named = (part: string): string[] => [...part.matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? '');

function section(title: string, name = 'lifecycle.md'): string {
  const [, after = ''] = page(name).split(`## ${title}\n`);
  return after.split('\n## ')[0] ?? '';
}

test('the table of operations is the program’s: what each needs, and where it leads (A31)', () => {
  const rows = section('Operations')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, kind = '', route = '', from = '', to = '']) => ({
      kind: named(kind)[0],
      route: named(route)[0],
      from: named(from),
      to: named(to)[0] ?? to,
    }));
  const wanted = Object.entries(operations).map(([kind, { route, from, to }]) => ({
    kind,
    route: `${route.method.toUpperCase()} /v1/databases${kind === 'create' ? '' : `/:id${route.path}`}`,
    from: [...from],
    to: { former: 'as before', null: 'gone' }[String(to)] ?? to,
  }));
  expect(rows).toEqual(wanted);
});

test('the documented state names are the program’s (B39)', () => {
  const [lifecycle = '', operation = '', status = ''] = section('States').trim().split('\n\n');
  const [progress = '', rest = ''] = lifecycle.split('At rest:');
  expect(named(progress)).toEqual([...inProgressStates]);
  const atRest = lifecycleStates.filter((state) => !(inProgressStates as readonly string[]).includes(state));
  expect(named(rest.split('.')[0] ?? '')).toEqual(atRest);
  expect(named(operation)).toEqual([...operationStates]);
  expect(named(status.split(', with')[0] ?? '')).toEqual([...observedStates]);
});

test('the pages say that sidecars are best effort, and what ready is (A32, A33)', () => {
  expect(section('Sidecars')).toMatch(/best effort/);
  expect(section('Ready')).toMatch(/two authenticated queries in a row over TCP/);
});

test('the table of roles is the program’s', () => {
  const [header = '', , ...rows] = section('Roles', 'access.md')
    .split('\n')
    .filter((line) => line.startsWith('|'));
  expect(named(header)).toEqual(roleNames);
  const cells = rows.map((row) => row.split('|').map((cell) => cell.trim()));
  const documented = cells.map(([, permission = '', ...said]) => [...named(permission), ...said.slice(0, 4)]);
  const yes = (is: boolean) => (is ? 'yes' : '');
  const wanted = permissions.map((permission) => [
    permission,
    ...roleNames.map((role) => yes(isPermitted(role, 'installation', permission))),
    yes(isPermitted('admin', 'tenant', permission)),
  ]);
  expect(documented).toEqual(wanted);
});
