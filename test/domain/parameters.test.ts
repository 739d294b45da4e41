import { z } from 'zod';
import { allowedParameters, parametersPatchSchema, parametersSchema } from '../../domain/parameters';

/** The canonical value, or the issue's path and message. */
function parsed(name: string, value: unknown): unknown {
  const result = z.object({ parameters: parametersSchema }).safeParse({ parameters: { [name]: value } });
  if (result.success) return result.data.parameters[name];
  const [issue] = result.error.issues;
  return `${issue?.path.join('.')}: ${issue?.message}`;
}

test.each([
  ['work_mem', 65_536, '64MB'],
  ['work_mem', '65536', '64MB'],
  ['work_mem', '65536kB', '64MB'],
  ['work_mem', ' 64 MB ', '64MB'],
  ['work_mem', '0.0625GB', '64MB'],
  ['work_mem', '1000kB', '1000kB'],
  ['max_wal_size', 1024, '1GB'],
  ['max_wal_size', '1.5GB', '1536MB'],
  ['temp_buffers', 1024, '8MB'],
  ['checkpoint_timeout', 300, '5min'],
  ['checkpoint_timeout', '5min', '5min'],
  ['statement_timeout', 1500, '1500ms'],
  ['statement_timeout', '1.5s', '1500ms'],
  ['statement_timeout', '0.017min', '1020ms'],
  ['statement_timeout', 0, '0'],
  ['statement_timeout', '-0', '0'],
  ['log_min_duration_statement', -1, '-1'],
  ['autovacuum_work_mem', -1, '-1'],
  ['autovacuum_work_mem', 0, '0'],
  ['log_temp_files', -1, '-1'],
  ['autovacuum_vacuum_cost_limit', -1, '-1'],
  ['checkpoint_completion_target', 0, '0'],
  ['checkpoint_completion_target', 1, '1'],
  ['max_connections', 100, '100'],
  ['max_connections', '+100', '100'],
  ['random_page_cost', 1.1, '1.1'],
  ['random_page_cost', '1.10', '1.1'],
  ['random_page_cost', 4, '4'],
  ['cpu_tuple_cost', 1e-7, '1e-7'],
  ['jit', true, 'on'],
  ['jit', 'NO', 'off'],
  ['jit', 1, 'on'],
  ['wal_compression', 'ZSTD', 'zstd'],
  ['default_transaction_isolation', 'repeatable read', 'repeatable read'],
  ['timezone', 'Europe/Berlin', 'Europe/Berlin'],
  ['timezone', 'UTC', 'UTC'],
])('%s of %p is %p to PostgreSQL', (name, value, expected) => {
  expect(parsed(name, value)).toBe(expected);
});

const workMem = 'expected a whole number from 64 to 2147483647, in units of kB or with a unit: TB, GB, MB, kB, B';
const timeout = 'expected a whole number from 0 to 2147483647, in units of ms or with a unit: d, h, min, s, ms, us';
const timezone = 'expected a time zone such as UTC or Europe/Berlin';

test.each([
  ['work_mem', 'lots', workMem],
  ['work_mem', '', workMem],
  ['work_mem', 63, workMem],
  ['work_mem', '2TB', workMem],
  ['work_mem', '64mb', workMem],
  ['work_mem', '5min', workMem],
  ['work_mem', '0.1GB', workMem],
  ['work_mem', '1e3', workMem],
  ['work_mem', true, workMem],
  ['work_mem', "64MB'; DROP", workMem],
  ['work_mem', '5constructor', workMem],
  ['work_mem', 1e21, workMem],
  // PostgreSQL would round it to 0, which is no time-out at all.
  ['statement_timeout', '400us', timeout],
  ['statement_timeout', -1, timeout],
  ['max_connections', 100.5, 'expected a whole number from 10 to 10000'],
  ['max_connections', '100MB', 'expected a whole number from 10 to 10000'],
  ['random_page_cost', '0x4', 'expected a number from 0 to 1000000'],
  ['random_page_cost', '', 'expected a number from 0 to 1000000'],
  ['random_page_cost', 'NaN', 'expected a number from 0 to 1000000'],
  ['random_page_cost', -1, 'expected a number from 0 to 1000000'],
  ['jit', 'maybe', 'expected on or off'],
  ['wal_compression', 'brotli', 'expected one of on, off, pglz, lz4, zstd'],
  ['timezone', 'Mars/Phobos', timezone],
  ['timezone', 'US/Pacific', timezone],
  ['timezone', 'Europe/../../etc/passwd', timezone],
  ['timezone', 'UTC\nfsync=off', timezone],
  ['work_mem', null, 'expected a string, a number or a boolean'],
  ['work_mem', ['64MB'], 'expected a string, a number or a boolean'],
  ['work_mem', { value: '64MB' }, 'expected a string, a number or a boolean'],
])('%s of %p is refused by name, with what was expected', (name, value, expected) => {
  expect(parsed(name, value)).toBe(`parameters.${name}: ${expected}`);
});

test.each([
  'archive_command',
  'config_file',
  'fsync',
  'full_page_writes',
  'hba_file',
  'listen_addresses',
  'log_statement',
  'password_encryption',
  'port',
  'restore_command',
  'session_preload_libraries',
  'shared_buffers',
  'shared_preload_libraries',
  'ssl',
  'ssl_cert_file',
  'synchronous_commit',
  'unix_socket_directories',
  'wal_level',
])('%s is managed by Slipway', (name) => {
  expect(parsed(name, 'x')).toBe(`parameters.${name}: expected an allowed parameter; this one is managed by Slipway`);
});

test.each(['no_such_setting', 'constructor', 'WORK_MEM', 'my.setting', '', 'work_mem = 1\nfsync'])(
  '%p is not in the list of allowed parameters',
  (name) => {
    const message = 'expected an allowed parameter; this one is not on the list';
    expect(parsed(name, 'x')).toBe(`parameters.${name}: ${message}`);
  },
);

test('every wrong parameter is named at once', () => {
  const result = parametersSchema.safeParse({ work_mem: 'x', port: 1, jit: 'on', timezone: 'x' });
  expect(result.error?.issues.map(({ path }) => path.join('.'))).toEqual(['work_mem', 'port', 'timezone']);
});

test('no allowed parameter is managed: a name has one answer', () => {
  for (const name of Object.keys(allowedParameters)) expect(parsed(name, 'nonsense value')).not.toContain('managed');
});

test('a canonical value stays as it is', () => {
  const once = parametersSchema.parse({
    work_mem: '65536kB',
    checkpoint_timeout: 300,
    jit: true,
    random_page_cost: 1.1,
  });
  expect(parametersSchema.parse(once)).toEqual(once);
});

test('a patch sets some parameters, resets others, and refuses those that are not allowed', () => {
  const patch = parametersPatchSchema.parse({ work_mem: '65536kB', jit: null });
  expect(patch).toEqual({ work_mem: '64MB', jit: null });
  expect(parametersPatchSchema.parse(null)).toBeNull();
  expect(parametersPatchSchema.safeParse({ fsync: 'off' }).error?.issues).toEqual([
    { code: 'custom', path: ['fsync'], message: 'expected an allowed parameter; this one is managed by Slipway' },
  ]);
  expect(parametersPatchSchema.safeParse({ fsync: null }).error?.issues[0]?.path).toEqual(['fsync']);
});
