import { confOf, hbaConf } from '../../postgres/conf';
import { settingsOf } from '../../postgres/settings';

const mebibyte = 1024 ** 2;
const size = (memory: number, cpus: number) => ({ memoryBytes: memory * mebibyte, nanoCpus: cpus * 1e9 });

test.each([
  [128, 0.1, { shared_buffers: '32MB', max_connections: '20', work_mem: '1638kB', maintenance_work_mem: '8MB' }],
  [256, 0.25, { shared_buffers: '64MB', max_connections: '32', work_mem: '2048kB', maintenance_work_mem: '16MB' }],
  [1024, 1, { shared_buffers: '256MB', max_connections: '128', effective_cache_size: '768MB' }],
  [4096, 2, { shared_buffers: '1024MB', max_connections: '500', max_parallel_workers: '2' }],
  [65_536, 16, { shared_buffers: '16384MB', work_mem: '33554kB', maintenance_work_mem: '2048MB' }],
  [1_048_576, 128, { shared_buffers: '16384MB', work_mem: '65536kB', max_worker_processes: '256' }],
])('%i MiB and %d CPUs', (memory, cpus, expected) => {
  expect(settingsOf({ version: '17', ...size(memory, cpus), parameters: {} })).toMatchObject(expected);
});

test.each([
  [0.1, '0'],
  [1, '0'],
  [2, '1'],
  [8, '4'],
])('with %d CPUs a query has %s parallel workers', (cpus, workers) => {
  const settings = settingsOf({ version: '17', ...size(1024, cpus), parameters: {} });
  expect(settings.max_parallel_workers_per_gather).toBe(workers);
});

test("a user's parameter wins over what follows from the size, which follows it", () => {
  const parameters = { max_connections: '1000', random_page_cost: '4' };
  const settings = settingsOf({ version: '17', ...size(4096, 2), parameters });
  expect(settings).toMatchObject({ ...parameters, work_mem: '1048kB' });
});

test("a user's parameter never wins over what Slipway manages", () => {
  const parameters = { fsync: 'off', listen_addresses: 'localhost', log_statement: 'all', reserved_connections: '0' };
  expect(settingsOf({ version: '17', ...size(1024, 1), parameters })).toMatchObject({
    fsync: 'on',
    listen_addresses: '*',
    log_statement: 'none',
    reserved_connections: '2',
  });
});

test('durability is on, and only SCRAM verifiers are made', () => {
  expect(settingsOf({ version: '15', ...size(1024, 1), parameters: {} })).toMatchObject({
    fsync: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'on',
    password_encryption: 'scram-sha-256',
  });
});

test('a setting that came with 16 is not given to 15, which would not start with it', () => {
  expect(settingsOf({ version: '15', ...size(1024, 1), parameters: {} })).not.toHaveProperty('reserved_connections');
});

test('postgresql.conf: every value quoted, so that none can end its line or its quotes', () => {
  const settings = { port: '5432', a: "it's", b: 'back\\slash', c: "x\nfsync = 'off", d: '' };
  expect(confOf(settings).split('\n')).toEqual([
    '# Written by Slipway; a change by hand is lost at the next start.',
    "port = '5432'",
    "a = 'it''s'",
    "b = 'back\\\\slash'",
    "c = 'x\\nfsync = ''off'",
    "d = ''",
    '',
  ]);
});

test('pg_hba.conf trusts nobody, and rejects the superuser over TCP before any other rule', () => {
  expect(hbaConf).not.toContain('trust');
  const rules = hbaConf.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  expect(rules.map((rule) => rule.split(/\s+/))).toEqual([
    ['local', 'all', 'postgres', 'peer'],
    ['host', 'all', 'postgres', 'all', 'reject'],
    ['host', 'all', 'all', 'all', 'scram-sha-256'],
  ]);
});
