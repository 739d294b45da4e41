import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.join(__dirname, '..');

/** Which folder may import which: the arrows of the design. Packages are listed where a folder is to have few. */
const arrows: Readonly<Record<string, { readonly folders: readonly string[]; readonly packages?: readonly string[] }>> =
  {
    domain: { folders: [], packages: ['zod', 'node:crypto'] },
    postgres: { folders: ['domain', 'containers', 'store'] },
    containers: { folders: ['domain'] },
    store: { folders: ['domain'] },
    // What goes out to receivers, and nothing of records.
    notifications: {
      folders: ['domain'],
      packages: [
        'zod',
        'ipaddr.js',
        'nodemailer',
        'node:crypto',
        'node:dns',
        'node:events',
        'node:http',
        'node:https',
        'node:net',
        'node:util',
      ],
    },
    // Types of the activities and of the records they work on, and pure helpers: nothing that runs.
    workflows: { folders: ['domain', 'activities/types'], packages: ['@temporalio/workflow', '@temporalio/common'] },
    activities: { folders: ['store', 'containers', 'postgres', 'notifications', 'domain'] },
    // The one use of Temporal's client, for the API and the worker alike.
    temporal: {
      folders: ['store', 'domain', 'workflows/search-attributes', 'workflows/index', 'workflows/notifications'],
    },
    // What watches: relays and sweeps, the reconciler, the health checks.
    worker: {
      folders: [
        'store',
        'containers',
        'domain',
        'postgres',
        'temporal',
        'activities',
        'agent',
        'workflows',
        'notifications',
        'config',
        'process',
      ],
    },
    // The API's reads of a host go through its worker.
    agent: { folders: ['domain', 'containers/backend', 'containers/resilience', 'store'] },
    // Of what goes out it knows only where that may go, to say so while a channel is made; it sends nothing itself.
    api: {
      folders: ['store', 'domain', 'temporal', 'postgres', 'agent', 'notifications/target', 'config', 'process'],
    },
  };

interface Import {
  readonly file: string;
  readonly target: string;
  readonly ours: boolean;
}

function importsOf(folder: string): Import[] {
  const entries = readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' });
  const files = entries.filter((name) => name.endsWith('.ts') && !name.startsWith('generated'));
  return files.flatMap((name) => {
    const file = path.join(folder, name);
    const text = readFileSync(path.join(root, file), 'utf8');
    const specifiers = text.matchAll(
      /^(?:import|export)\s[^;]*?from '([^']+)'|(?:import|require(?:\.resolve)?)\('([^']+)'\)/gms,
    );
    return [...specifiers].map(([, from, call]) => importOf(file, from ?? call ?? ''));
  });
}

/** A path from the root for a file of ours, the package's name for any other. */
function importOf(file: string, specifier: string): Import {
  const ours = specifier.startsWith('.');
  return { file, ours, target: ours ? path.join(path.dirname(file), specifier) : specifier };
}

test.each(Object.keys(arrows))('%s imports only what the design lets it (C01)', (folder) => {
  const { folders, packages } = arrows[folder] ?? { folders: [] };
  const imports = importsOf(folder);
  expect(imports.length).toBeGreaterThan(0);
  const wrong = imports.filter((one) => {
    if (!one.ours) return packages !== undefined && !packages.includes(one.target);
    return ![folder, ...folders].some((allowed) => one.target === allowed || one.target.startsWith(`${allowed}/`));
  });
  expect(wrong).toEqual([]);
});

test('only the store imports Prisma (D03)', () => {
  const folders = Object.keys(arrows).filter((folder) => folder !== 'store');
  const prisma = folders.flatMap(importsOf).filter(({ target }) => /prisma|store\/generated/.test(target));
  expect(prisma).toEqual([]);
});

test('the API never imports containers: only the worker can reach a Docker socket', () => {
  expect(importsOf('api').filter(({ target }) => target.startsWith('containers'))).toEqual([]);
});
