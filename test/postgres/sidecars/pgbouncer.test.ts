import { type PoolMode, pgbouncerIni, poolerSql, userlistOf } from '../../../postgres/sidecars/pgbouncer';

const settings = { engineHost: 'primary', enginePort: 5432, mode: 'transaction', poolSize: 20 } as const;

/** The value of a key, as PgBouncer would read it. */
function valueOf(ini: string, key: string): string | undefined {
  const line = ini.split('\n').find((one) => one.startsWith(`${key} =`));
  return line?.slice(line.indexOf('=') + 1).trim();
}

test.each<[PoolMode, number]>([
  ['session', 5],
  ['transaction', 20],
  ['statement', 100],
])('%s mode and %s server connections are told', (mode, poolSize) => {
  const ini = pgbouncerIni({ ...settings, mode, poolSize });
  expect(valueOf(ini, 'pool_mode')).toBe(mode);
  expect(valueOf(ini, 'default_pool_size')).toBe(String(poolSize));
});

test('the engine is reached by its alias; logins take none of the connections of users', () => {
  const ini = pgbouncerIni(settings);
  expect(valueOf(ini, '*')).toBe('host=primary port=5432');
  expect(valueOf(ini, 'postgres')).toBe('host=primary port=5432 pool_size=2');
});

test('nobody is an administrator, and there is no socket for one', () => {
  const ini = pgbouncerIni(settings);
  for (const key of ['admin_users', 'stats_users', 'unix_socket_dir']) expect(valueOf(ini, key)).toBe('');
});

test.each([
  ['plain', '"slipway_pooler" "plain"\n'],
  ['a"b', '"slipway_pooler" "a""b"\n'],
  ['back\\slash; #', '"slipway_pooler" "back\\slash; #"\n'],
])('%s as a line of userlist.txt', (password, line) => {
  expect(userlistOf(password)).toBe(line);
});

test.each(['a\nb', 'a\r', 'a\0b'])('a password that would end its line is refused, and not shown', (password) => {
  expect(() => userlistOf(password)).toThrow(/^a line of userlist.txt cannot hold a line end$/);
});

test('nothing is logged from before the verifier on', () => {
  const sql = poolerSql('POOLER-VERIFIER');
  const before = sql.slice(0, sql.indexOf('POOLER-VERIFIER'));
  for (const off of ["log_statement = 'none'", 'log_min_duration_statement = -1', "log_min_error_statement = 'panic'"])
    expect(before).toContain(`SET ${off}`);
});
