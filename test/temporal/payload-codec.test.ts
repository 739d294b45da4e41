import { randomBytes } from 'node:crypto';
import { defaultPayloadConverter } from '@temporalio/common';
import { createPayloadCodec } from '../../temporal/payload-codec';

const [key, newKey] = [randomBytes(32), randomBytes(32)];
const payloads = ['hunter2', { databaseId: 'd1', list: [1, null] }, null, undefined, new Uint8Array([0, 255, 7])].map(
  (value) => defaultPayloadConverter.toPayload(value),
);
const valuesOf = (list: typeof payloads) => list.map((payload) => defaultPayloadConverter.fromPayload(payload));

test('what is decoded is what was encoded, of every form of payload', async () => {
  const codec = createPayloadCodec(key, []);
  expect(valuesOf(await codec.decode(await codec.encode(payloads)))).toEqual(valuesOf(payloads));
});

test('an encoded payload shows its key’s id and nothing else, and never the same twice', async () => {
  const codec = createPayloadCodec(key, []);
  const [[one], [two]] = [await codec.encode(payloads), await codec.encode(payloads)];
  expect(Object.keys(one?.metadata ?? {})).toEqual(['encoding', 'encryption-key-id']);
  expect(Buffer.from(one?.data ?? '').toString('latin1')).not.toMatch(/hunter2|json/);
  expect(Buffer.from(one?.data ?? '').equals(Buffer.from(two?.data ?? ''))).toBe(false);
});

test('what was never encrypted is read, and so is what a former key encrypted', async () => {
  const rotated = createPayloadCodec(newKey, [key]);
  expect(await rotated.decode(payloads)).toEqual(payloads);
  const former = await createPayloadCodec(key, []).encode(payloads);
  expect(valuesOf(await rotated.decode(former))).toEqual(valuesOf(payloads));
});

test('with another key, or with a byte changed, it is refused', async () => {
  const encoded = await createPayloadCodec(key, []).encode(payloads);
  await expect(createPayloadCodec(newKey, []).decode(encoded)).rejects.toMatchObject({ code: 'secret_unreadable' });
  const [first] = encoded;
  const data = Buffer.from(first?.data ?? '');
  data.writeUInt8(data.readUInt8(data.length - 1) ^ 1, data.length - 1);
  await expect(createPayloadCodec(key, []).decode([{ ...first, data }])).rejects.toMatchObject({
    code: 'secret_unreadable',
  });
});
