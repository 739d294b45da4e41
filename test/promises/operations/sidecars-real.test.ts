import { query } from '../../support/database';
import { expectTruth } from '../../support/oracle';
import { type Slipway, startSlipway } from '../../support/slipway';

let slipway: Slipway;
beforeAll(async () => {
  slipway = await startSlipway();
});
afterAll(async () => {
  await slipway?.stop();
});

test('queries go through the pooler and the exporter has metrics, also after a rotation, a stop and a start', async () => {
  const { api } = slipway;
  const size = { nanoCpus: 1_000_000_000, memoryBytes: 256 * 1024 ** 2 };
  const sidecars = { pooler: { enabled: true, poolSize: 2 }, exporter: { enabled: true } };
  const { database } = await api.succeeded('POST', '/v1/databases', {
    name: 'pooled',
    version: '17',
    size,
    ...sidecars,
  });
  const path = `/v1/databases/${database.id}`;
  const connection = async () => (await api.send('GET', `${path}/connection`)).body;

  const { url, pooledUrl } = await connection();
  expect(new URL(pooledUrl).port).not.toBe(new URL(url).port);
  await query(pooledUrl, "CREATE TABLE kept AS SELECT 'kept' AS word");
  expect(await query(url, 'SELECT word FROM kept')).toEqual([{ word: 'kept' }]);
  // More clients than the pool has connections.
  const answers = await Promise.all(Array.from({ length: 8 }, () => query(pooledUrl, 'SELECT word FROM kept')));
  expect(answers).toEqual(Array.from({ length: 8 }, () => [{ word: 'kept' }]));

  await api.succeeded('POST', `${path}/rotate-credentials`);
  const rotated = await connection();
  expect(await query(rotated.pooledUrl, 'SELECT word FROM kept')).toEqual([{ word: 'kept' }]);
  await expect(query(pooledUrl, 'SELECT 1')).rejects.toThrow();

  await api.succeeded('POST', `${path}/stop`);
  const { operation } = await api.succeeded('POST', `${path}/start`);
  expect(operation.warnings).toEqual([]);
  expect(await query((await connection()).pooledUrl, 'SELECT word FROM kept')).toEqual([{ word: 'kept' }]);

  const { instances } = (await api.send('GET', path)).body;
  const exporter = instances[0].sidecars.find(({ role }: any) => role === 'exporter');
  const metrics = await (await fetch(`http://${exporter.address.host}:${exporter.address.port}/metrics`)).text();
  expect(metrics).toMatch(/^pg_up 1$/m);
  expect(metrics).toMatch(/^pg_stat_database_numbackends\{.*datname="app".*\} \d+$/m);
  expect(await expectTruth(slipway, database.id, null)).toBe('available');
});
