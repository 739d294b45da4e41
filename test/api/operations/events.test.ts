import { createMemoryBackend } from '../../../containers/memory';
import { memoryHost } from '../../../dev/memory-host';
import { type Slipway, startSlipway } from '../../support/slipway';

let slipway: Slipway;
beforeAll(async () => {
  slipway = await startSlipway({ ports: memoryHost(createMemoryBackend()) });
});
afterAll(async () => {
  await slipway?.stop();
});

const list = async (query: string): Promise<any> => (await slipway.api.send('GET', `/v1/events?${query}`)).body;

test('events of a database are read page by page, oldest first, and go on after the last', async () => {
  const { api } = slipway;
  const { database, operation } = await api.succeeded('POST', '/v1/databases', {
    name: 'eventful',
    version: '17',
    size: 'small',
  });
  const filter = `databaseId=${database.id}&pageSize=1`;
  const first = await list(filter);
  const second = await list(`${filter}&pageToken=${first.nextPageToken}`);
  const third = await list(`${filter}&pageToken=${second.nextPageToken}`);
  expect([...first.items, ...second.items, ...third.items]).toEqual(
    ['operation.accepted', 'operation.succeeded'].map((type) => ({
      sequence: expect.any(Number),
      type,
      databaseId: database.id,
      operationId: operation.id,
      data: { kind: 'create', databaseName: 'eventful', error: null },
      at: expect.stringMatching(/Z$/),
    })),
  );
  const stop = await api.succeeded('POST', `/v1/databases/${database.id}/stop`);
  const { items } = await list(`databaseId=${database.id}&pageToken=${third.nextPageToken}`);
  expect(items.map(({ type, operationId }: any) => [type, operationId])).toEqual([
    ['operation.accepted', stop.operation.id],
    ['operation.succeeded', stop.operation.id],
  ]);
  expect((await list(`operationId=${stop.operation.id}&type=operation.succeeded`)).items).toEqual([items[1]]);
  // They outlive the database.
  await api.succeeded('DELETE', `/v1/databases/${database.id}`);
  expect((await list(`databaseId=${database.id}`)).items).toHaveLength(6);
});

test.each([
  ['pageSize=0', 'pageSize'],
  ['pageToken=nonsense', 'pageToken'],
  ['databaseId=x', 'databaseId'],
  ['operationId=x', 'operationId'],
  ['type=DROP%20TABLE', 'type'],
  ['order=newest', 'order'],
])('?%s is 400 and names the field', async (query, field) => {
  const { status, body } = await slipway.api.send('GET', `/v1/events?${query}`);
  expect({ status, code: body.code, fields: body.errors?.map((error: any) => error.field) }).toEqual({
    status: 400,
    code: 'invalid_request',
    fields: [field],
  });
});
