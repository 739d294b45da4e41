import { readdirSync } from 'node:fs';
import path from 'node:path';
import { arrows, outside } from './support/arrows';
import { closureOf, type Import, importsOf, root } from './support/import-graph';

/** Folders with few packages: what is pure, what runs in Temporal's sandbox, and what sends to other people's servers. */
const packages: Readonly<Record<string, readonly string[]>> = {
  config: ['zod', 'ipaddr.js', 'node:crypto', 'node:fs', 'node:net'],
  domain: ['zod', 'node:crypto'],
  workflows: ['@temporalio/workflow', '@temporalio/common'],
  notifications: [
    ...['zod', 'ipaddr.js', 'nodemailer'],
    ...['node:crypto', 'node:dns', 'node:events', 'node:http', 'node:https', 'node:net', 'node:util'],
  ],
};

const notOurs = ['node_modules', 'dist'];

/** Every source file, from the root; the generated client is Prisma's. */
const files = readdirSync(root, { withFileTypes: true })
  .filter(({ name }) => !name.startsWith('.') && !notOurs.includes(name))
  .flatMap((entry) => (entry.isDirectory() ? filesBelow(entry.name) : [entry.name]))
  .filter((name) => /\.[cm]?ts$/.test(name) && !name.startsWith('store/generated/'));

function filesBelow(folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
    path.join(folder, name),
  );
}

const imports = new Map(files.map((file) => [file, importsOf(file)]));

/** The first folder of a path; `.` for a file at the root. */
const folderOf = (file: string): string => (file.includes('/') ? (file.split('/')[0] ?? '') : '.');

const importsIn = (folder: string): Import[] =>
  [...imports.entries()].flatMap(([file, found]) => (folderOf(file) === folder ? found : []));

const shown = ({ from, to }: Import): string => `${from} → ${to}`;

/** Whether a target is a place, or lies below it. */
const isWithin = (target: string, place: string): boolean =>
  target === place || target === `${place}.ts` || target.startsWith(`${place}/`);

test('every folder with source has its arrows, and worker.ts alone stands at the root', () => {
  const folders = [...new Set(files.map(folderOf))].sort();
  expect(folders).toEqual([...Object.keys(arrows), ...Object.keys(outside)].sort());
  expect(files.filter((file) => folderOf(file) === '.')).toEqual(['worker.ts']);
});

test.each(Object.entries(arrows))('%s imports only what the design lets it (C01)', (folder, allowed) => {
  const found = importsIn(folder).filter(({ isOurs }) => isOurs);
  const places = folder === '.' ? allowed : [folder, ...allowed];
  expect(found.filter(({ to }) => !places.some((place) => isWithin(to, place))).map(shown)).toEqual([]);
});

test.each(Object.entries(packages))('%s needs few packages', (folder, allowed) => {
  const found = importsIn(folder).filter(({ isOurs }) => !isOurs);
  expect(found.filter(({ to }) => !allowed.includes(to)).map(shown)).toEqual([]);
});

test.each(Object.entries(outside))('%s may import any program', (folder, forbidden) => {
  const found = importsIn(folder).filter(({ isOurs }) => isOurs);
  expect(found.length).toBeGreaterThan(0);
  expect(found.filter(({ to }) => forbidden.some((place) => isWithin(to, place))).map(shown)).toEqual([]);
});

test('only the store imports Prisma (D03)', () => {
  const prisma = [...imports.values()].flat().filter(({ to }) => /prisma|store\/generated/i.test(to));
  expect(prisma.length).toBeGreaterThan(0);
  expect(prisma.filter(({ from }) => !from.startsWith('store/')).map(shown)).toEqual([]);
});

test('the API cannot even load what speaks to Docker, sends mail or runs activities', () => {
  const reached = closureOf(['api/main.ts'], { values: true });
  const packagesReached = new Set(reached.flatMap(({ to, isOurs }) => (isOurs ? [] : [to])));
  expect([...packagesReached]).toEqual(expect.arrayContaining(['express', 'pg', '@temporalio/client']));
  const refused = ['dockerode', 'tar-stream', 'nodemailer', '@temporalio/activity', '@temporalio/worker'];
  expect(refused.filter((name) => packagesReached.has(name))).toEqual([]);
  const places = ['containers/docker', 'activities', 'worker'];
  expect(reached.filter(({ to, isOurs }) => isOurs && places.some((place) => isWithin(to, place))).map(shown)).toEqual(
    [],
  );
  // The same walk sees them where they are.
  const ofWorker = closureOf(['worker.ts'], { values: true }).map(({ to }) => to);
  expect(ofWorker).toEqual(expect.arrayContaining([...refused, 'containers/docker/backend.ts', 'activities/host.ts']));
});

test('no file imports itself by any way round, types included', () => {
  const circles = circlesOf(
    new Map([...imports].map(([file, found]) => [file, found.filter(({ isOurs }) => isOurs).map(({ to }) => to)])),
  );
  expect(circles).toEqual([]);
  expect(circlesOf(new Map(Object.entries({ a: ['b'], b: ['c', 'd'], c: ['a'], d: [] })))).toEqual([['a', 'b', 'c']]);
});

/** The strongly connected components of more than one node, by Tarjan's algorithm; each sorted. */
function circlesOf(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];

  function connect(node: string): void {
    index.set(node, index.size);
    low.set(node, index.get(node) ?? 0);
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!index.has(next)) connect(next);
      const reachable = stack.includes(next) ? (low.get(next) ?? 0) : Number.POSITIVE_INFINITY;
      low.set(node, Math.min(low.get(node) ?? 0, reachable));
    }
    if (low.get(node) !== index.get(node)) return;
    const component = stack.splice(stack.indexOf(node));
    if (component.length > 1) found.push(component.sort());
  }

  for (const node of graph.keys()) if (!index.has(node)) connect(node);
  return found.sort();
}
