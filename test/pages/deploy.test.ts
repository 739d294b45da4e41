import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { readApiConfig, readWorkerConfig } from '../../config/config';
import { knownSettings } from '../../config/reference';
import { closureOf, root } from '../support/import-graph';

interface Service {
  readonly image?: string;
  readonly user?: string;
  readonly network_mode?: string;
  readonly ports?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly volumes?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly restart?: string;
  readonly stop_grace_period?: string;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly [other: string]: unknown;
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const folder = path.join(root, 'deploy');
const read = (file: string): string => readFileSync(path.join(folder, file), 'utf8');
/** `YAML` merges `<<` as compose does; variables stand for what compose puts there where nothing is set. */
const compose = parse(
  read('compose.yaml').replace(/\$\{(\w+):-([^}]*)\}/g, (_all, _name, fallback: string) => fallback),
  { merge: true },
) as Compose;
const services = Object.entries(compose.services);
const ours = ['api', 'worker'] as const;
const oneShots = ['temporal-schema', 'temporal-namespace'];

const service = (name: string): Service => {
  const found = compose.services[name];
  if (found === undefined) throw new Error(`there is no service ${name}`);
  return found;
};

test('the services of one server are there', () => {
  expect(services.map(([name]) => name).sort()).toEqual(
    ['api', 'store', 'temporal', 'temporal-ui', 'worker', ...oneShots].sort(),
  );
});

test('everything that is published is published on loopback', () => {
  const ports = services.flatMap(([, { ports = [] }]) => ports);
  expect(ports.length).toBeGreaterThan(2);
  expect(ports.filter((port) => !/^127\.0\.0\.1:\d+:\d+$/.test(port))).toEqual([]);
  // On the host's own network it is what they listen on.
  expect(services.filter(([, { network_mode }]) => network_mode !== undefined).map(([name]) => name)).toEqual([
    ...ours,
  ]);
  expect(service('api').environment?.SLIPWAY_BIND_ADDRESS).toBe('127.0.0.1');
  expect(service('worker').environment?.SLIPWAY_WORKER_METRICS_ADDRESS).toMatch(/^127\.0\.0\.1:/);
});

test('every secret is a file, is used, and nothing secret stands in the compose file', () => {
  const used = services.flatMap(([, { secrets = [] }]) => secrets);
  expect([...new Set(used)].sort()).toEqual(Object.keys(compose.secrets).sort());
  for (const [name, { file }] of Object.entries(compose.secrets)) expect(file).toBe(`./secrets/${name}`);
  for (const [name, { environment = {}, secrets = [] }] of services) {
    for (const [variable, value] of Object.entries(environment)) {
      if (!/PASSWORD|PWD|KEY|SECRET|TOKEN|DATABASE_URL/.test(variable)) continue;
      expect({ name, variable }).toEqual({ name, variable: expect.stringMatching(/_FILE$/) });
      expect(secrets).toContain(path.basename(value));
      expect(path.dirname(value)).toBe('/run/secrets');
    }
  }
  expect(read('compose.yaml')).not.toMatch(/postgres(ql)?:\/\//);
});

test.each(ours)('%s: its settings exist and are accepted', (name) => {
  const { environment = {} } = service(name);
  const known = new Set(knownSettings().flatMap((one) => [one.name, ...(one.isSecret ? [`${one.name}_FILE`] : [])]));
  expect(Object.keys(environment).filter((variable) => !known.has(variable))).toEqual([]);
  const key = Buffer.alloc(32, 7).toString('base64');
  const secrets = { DATABASE_URL: 'postgresql://a@127.0.0.1/b', SLIPWAY_SECRET_KEY: key };
  const readConfig = name === 'api' ? readApiConfig : readWorkerConfig;
  expect(() => readConfig({ ...environment, ...secrets })).not.toThrow();
});

test.each(ours)('%s runs as a user that is not root, with no rights beyond its own', (name) => {
  const own = service(name);
  expect(own.user).toMatch(/^[1-9]\d{3,}:[1-9]\d{3,}$/);
  expect(read('Dockerfile')).toContain(`USER ${own.user}`);
  expect(own).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
});

test('only the worker has the Docker socket', () => {
  const withSocket = services.filter(([, { volumes = [] }]) =>
    volumes.some((volume) => volume.includes('docker.sock')),
  );
  expect(withSocket.map(([name]) => name)).toEqual(['worker']);
});

test.each(ours)('%s has longer to stop than it takes to drain (D17)', (name) => {
  const { environment = {}, stop_grace_period: grace = '' } = service(name);
  const seconds = Number(/^(\d+)s$/.exec(grace)?.[1]);
  expect(seconds).toBeGreaterThan(Number(environment.SLIPWAY_SHUTDOWN_TIMEOUT_SECONDS) + 5);
});

test('what goes on is started again, what is done once is not; everything that is waited for tells when it is there', () => {
  for (const [name, { restart, healthcheck, depends_on: waited = {} }] of services) {
    const isOnce = oneShots.includes(name);
    expect({ name, restart }).toEqual({
      name,
      restart: isOnce ? expect.stringMatching(/^on-failure/) : 'unless-stopped',
    });
    if (ours.some((one) => one === name)) expect(healthcheck?.test.join(' ')).toMatch(/readyz|metrics/);
    for (const [other, { condition }] of Object.entries(waited)) {
      if (oneShots.includes(other)) expect(condition).toBe('service_completed_successfully');
      else
        expect({ condition, test: service(other).healthcheck?.test }).toMatchObject({
          condition: 'service_healthy',
          test: expect.any(Array),
        });
    }
  }
});

test('every file that a service mounts is there, and every volume is declared', () => {
  const sources = services.flatMap(([, { volumes = [] }]) => volumes).map((volume) => volume.split(':')[0] ?? '');
  for (const source of sources.filter((one) => one.startsWith('.'))) {
    expect(statSync(path.join(folder, source)).isFile()).toBe(true);
  }
  const named = sources.filter((one) => !/^[./]/.test(one));
  expect(named).toEqual(Object.keys(compose.volumes));
});

test('the secrets are made once, for their owner’s eyes, and fit each other', () => {
  const made = mkdtempSync(path.join(os.tmpdir(), 'slipway-secrets-'));
  try {
    const make = () => execFileSync('sh', [path.join(folder, 'make-secrets.sh'), made]);
    const contents = () =>
      Object.fromEntries(readdirSync(made).map((name) => [name, readFileSync(path.join(made, name), 'utf8').trim()]));
    make();
    const first = contents();
    make();
    expect(contents()).toEqual(first);
    expect(Object.keys(first).sort()).toEqual(Object.keys(compose.secrets).sort());
    expect(new Set(Object.values(first)).size).toBe(Object.keys(first).length);
    expect(statSync(made).mode & 0o777).toBe(0o700);
    expect(new URL(first.store_url ?? '').password).toBe(first.store_slipway_password);
    const environment = {
      DATABASE_URL: first.store_url,
      SLIPWAY_SECRET_KEY: first.secret_key,
    };
    expect(() => readApiConfig(environment)).not.toThrow();
  } finally {
    rmSync(made, { recursive: true });
  }
});

test('the image gets the source by name, and no state folder, key or history', () => {
  const ignored = readFileSync(path.join(folder, '..', '.dockerignore'), 'utf8').split('\n');
  const letIn = ignored.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
  expect(ignored[1]).toBe('*');
  expect(letIn.filter((name) => /secret|slipway|git|docs|test|deploy|node_modules|dist/.test(name))).toEqual([]);
});

test('the image gets every file that its build reads', () => {
  const { include } = JSON.parse(readFileSync(path.join(root, 'tsconfig.build.json'), 'utf8')) as { include: string[] };
  const entries = [...include, 'dev/build.ts', 'dev/bootstrap.cjs'];
  const files = new Set(closureOf(entries).flatMap(({ from, to, isOurs }) => (isOurs ? [from, to] : [from])));
  const rules = readFileSync(path.join(root, '.dockerignore'), 'utf8').split('\n');
  const letIn = rules.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
  // A rule for a folder lets in what is below it; `!*.ts` the files at the root. Generated files are made by the build.
  const isLetIn = (file: string) =>
    letIn.some((rule) => (rule === '*.ts' ? /^[^/]+\.ts$/.test(file) : file === rule || file.startsWith(`${rule}/`)));
  expect(files.size).toBeGreaterThan(200);
  expect([...files].filter((file) => !isLetIn(file)).sort()).toEqual([]);
});

test('the page for operators names only settings, files and pages that exist', () => {
  const docs = path.join(folder, '..', 'docs');
  const page = readFileSync(path.join(docs, 'operating.md'), 'utf8');
  const known = new Set(knownSettings().flatMap(({ name }) => [name, `${name}_FILE`]));
  const named = [...page.matchAll(/\bSLIPWAY_[A-Z_]+/g)].map(([name]) => name);
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((name) => !known.has(name))).toEqual([]);
  const links = [...page.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, link]) => path.join(docs, link ?? ''));
  const files = [...page.matchAll(/\b(?:deploy|test)\/[\w./-]+\.\w+/g)].map(([file]) => path.join(docs, '..', file));
  expect(links.length * files.length).toBeGreaterThan(0);
  expect([...links, ...files].filter((file) => !existsSync(file))).toEqual([]);
});
