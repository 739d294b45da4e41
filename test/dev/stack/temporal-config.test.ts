import { stringify } from 'yaml';
import {
  parseTemporalConfig,
  readTemporalConfig,
  serverFlags,
  type TemporalConfig,
} from '../../../dev/stack/temporal-config';

const config: TemporalConfig = {
  version: '1.8.2',
  address: '127.0.0.1',
  port: 7233,
  uiPort: 8233,
  namespace: 'slipway',
  retention: '168h',
  searchAttributes: { databaseId: 'Keyword', size: 'Int' },
  sqlitePragmas: { journal_mode: 'wal', synchronous: 'normal' },
  dynamicConfig: { 'system.eager': true, 'history.rps': 1000, 'frontend.name': 'x' },
};

test('temporal-dev.yaml is as it should be', async () => {
  await expect(readTemporalConfig()).resolves.toMatchObject({ address: '127.0.0.1', namespace: 'slipway' });
});

test('what is right is read as it stands', () => {
  expect(parseTemporalConfig(stringify(config))).toEqual(config);
});

test.each([
  { field: 'version', value: '1.8' },
  { field: 'version', value: 1.8 },
  { field: 'address', value: '0.0.0.0' },
  { field: 'port', value: 0 },
  { field: 'port', value: 65536 },
  { field: 'port', value: '7233' },
  { field: 'uiPort', value: 8233.5 },
  { field: 'namespace', value: '' },
  { field: 'retention', value: '7d' },
  { field: 'retention', value: 168 },
  { field: 'searchAttributes', value: ['databaseId'] },
  { field: 'searchAttributes', at: 'searchAttributes.databaseId', value: { databaseId: 'keyword' } },
  { field: 'sqlitePragmas', at: 'sqlitePragmas.cache_size', value: { cache_size: 100 } },
  { field: 'dynamicConfig', at: 'dynamicConfig["history.rps"]', value: { 'history.rps': [1000] } },
  { field: 'version', value: undefined },
  { field: 'dynamicConfig', value: undefined },
])('$field: $value is refused, by name', ({ field, at = field, value }) => {
  const text = stringify({ ...config, [field]: value });
  expect(() => parseTemporalConfig(text)).toThrow(`→ at ${at}`);
});

test('a field that there is not is refused, by name', () => {
  expect(() => parseTemporalConfig(stringify({ ...config, ports: 1 }))).toThrow('Unrecognized key: "ports"');
});

test('every wrong field is named at once', () => {
  const text = stringify({ ...config, port: -1, namespace: 7 });
  expect(() => parseTemporalConfig(text)).toThrow(/^temporal-dev.yaml is refused:.*at port.*at namespace/s);
});

test.each(['', 'port: [', '- a list'])('%j is refused with the name of the file', (text) => {
  expect(() => parseTemporalConfig(text)).toThrow('temporal-dev.yaml is refused');
});

test('every setting becomes its flags, with the ports and the file that are given', () => {
  expect(serverFlags(config, { port: 17233, uiPort: 18233 }, '/data/temporal.db')).toEqual([
    ...['server', 'start-dev'],
    ...['--ip', '127.0.0.1', '--port', '17233', '--ui-port', '18233'],
    ...['--namespace', 'slipway', '--db-filename', '/data/temporal.db', '--log-level', 'warn'],
    '--ui-disable-news-fetch',
    ...['--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=normal'],
    ...['--search-attribute', 'databaseId=Keyword', '--search-attribute', 'size=Int'],
    ...['--dynamic-config-value', 'system.eager=true'],
    ...['--dynamic-config-value', 'history.rps=1000'],
    ...['--dynamic-config-value', 'frontend.name="x"'],
  ]);
});
