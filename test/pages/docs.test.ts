import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describedRoutes } from '../../api/openapi/described';
import { knownSettings } from '../../config/reference';
import { isPermitted, permissions, roleNames } from '../../domain/access/permissions';
import { errorTable } from '../../domain/errors';
import { checkErrorCodes } from '../../domain/health/check-errors';
import { kinds } from '../../domain/operations/kinds';
import { operations, pathOf, requestedKinds } from '../../domain/operations/operations';
import { inProgressStates, lifecycleStates, observedStates, operationStates } from '../../domain/states';
import { answersInARow } from '../../postgres/readiness';

const read = (...names: string[]): string => readFileSync(path.join(__dirname, '..', '..', ...names), 'utf8');

const page = (name: string) => read('docs', name);
const requests = page('requests.md');

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
  const wanted = requestedKinds.map((kind) => {
    const { route } = operations[kind];
    const { from, to } = kinds[kind];
    return {
      kind,
      route: `${route.method.toUpperCase()} ${kind === 'create' ? '/v1/databases' : pathOf(kind, ':id')}`,
      from: [...from],
      to: { former: 'as before', recorded: 'as recorded', null: 'gone' }[String(to)] ?? to,
    };
  });
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

test('the pages say that sidecars are best effort (A32)', () => {
  expect(section('Sidecars')).toMatch(/best effort/);
});

test('the pages say how many answers make an engine ready, as the program counts them (A33)', () => {
  const number = ['zero', 'one', 'two', 'three', 'four', 'five'][answersInARow];
  expect(section('Ready')).toContain(`${number} authenticated queries in a row over TCP`);
});

test('the codes of failed checks are all told (E05)', () => {
  const rows = section('Error codes', 'health-checks.md')
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  const told = rows.flatMap((row) => named(row.split('|')[1] ?? ''));
  expect(told.sort()).toEqual([...checkErrorCodes].sort());
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

test('the statuses and codes that clients are told of are the program’s, and so are the settings', () => {
  const told = [...requests.matchAll(/(?<status>\d{3})\s`(?<code>[a-z_]+)`/g)].map(({ groups }) => ({
    code: groups?.code ?? '',
    status: Number(groups?.status),
  }));
  const table: Readonly<Record<string, { readonly status: number }>> = errorTable;
  expect(told.length).toBeGreaterThan(6);
  expect(told).toEqual(told.map(({ code }) => ({ code, status: table[code]?.status })));
  const settings = new Set(requests.match(/SLIPWAY_[A-Z_]+/g));
  const known = new Set(knownSettings().map(({ name }) => name));
  expect([...settings].filter((name) => !known.has(name))).toEqual([]);
});

test('the filters of every list are told, and no others (A31)', () => {
  const rows = requests.split('\n').filter((line) => line.startsWith('| `GET /v1/'));
  const documented = new Map(
    rows.flatMap((row) => {
      const [, names = '', , filters = ''] = row.split('|');
      const fields = named(filters).map((name) => name.split('=')[0] ?? '');
      return named(names).map((name) => [name.replace('GET ', ''), new Set(fields)] as const);
    }),
  );
  const lists = describedRoutes().filter(
    ({ method, path: url, answers }) => method === 'get' && !url.includes(':id') && isPage(answers[200]?.schema),
  );
  const paging = ['pageSize', 'pageToken'];
  const served = lists.map(({ path: url, query }) => {
    const fields = Object.keys((query as { shape?: object } | undefined)?.shape ?? {});
    return [url, new Set(fields.filter((field) => !paging.includes(field)))] as const;
  });
  expect(documented).toEqual(new Map(served));
});

function isPage(schema: unknown): boolean {
  return Object.hasOwn(Object((schema as { shape?: object } | undefined)?.shape), 'items');
}
