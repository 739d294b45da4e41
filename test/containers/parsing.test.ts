import { frames } from '../../containers/docker/frames';
import { jsonLines } from '../../containers/docker/json-lines';
import { logLines, maxLineBytes } from '../../containers/docker/logs';
import { freeSubnets } from '../../containers/docker/subnets';

const at = '2026-11-21T06:00:00.123456789Z';

function frame(stream: 1 | 2, text: string): Buffer {
  const data = Buffer.from(text);
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(data.length, 4);
  return Buffer.concat([header, data]);
}

/** Cut anywhere, as a socket does. */
function cut(whole: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(whole.length / size) }, (_, index) =>
    whole.subarray(index * size, (index + 1) * size),
  );
}

async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const value of values) list.push(value);
  return list;
}

test.each([1, 3, 7, 8, 9, 1000])('frames are found whatever the size of the chunks (%d)', async (size) => {
  const whole = Buffer.concat([frame(1, 'one'), frame(2, ''), frame(2, 'zwei €'), frame(1, 'three')]);
  const found = await all(frames(cut(whole, size)));
  expect(found.map(({ stream, data }) => `${stream} ${data}`)).toEqual([
    'stdout one',
    'stderr ',
    'stderr zwei €',
    'stdout three',
  ]);
});

test('a frame that never comes to its end is left out', async () => {
  const whole = Buffer.concat([frame(1, 'one'), frame(1, 'two').subarray(0, 9)]);
  expect((await all(frames([whole]))).map(({ data }) => String(data))).toEqual(['one']);
});

test.each([1, 5, 1000])('lines are joined across frames, streams apart, cut at 8 KiB (%d)', async (size) => {
  const long = 'x'.repeat(maxLineBytes + 100);
  const whole = Buffer.concat([
    frame(1, `${at} hel`),
    frame(2, `${at} oh\n`),
    frame(1, `lo\n${at} ${long}\n`),
    frame(1, `${at} no end`),
  ]);
  const lines = await all(logLines(cut(whole, size)));
  expect(lines.map(({ stream, text }) => [stream, text.length > 20 ? text.length : text])).toEqual([
    ['stderr', 'oh'],
    ['stdout', 'hello'],
    ['stdout', maxLineBytes],
    ['stdout', 'no end'],
  ]);
  expect(lines[0]?.at).toBe(at);
});

test('a character that the cut would halve is left out', async () => {
  const [line] = await all(logLines([frame(1, `${at} x${'€'.repeat(maxLineBytes)}\n`)]));
  expect(line?.text).toMatch(/^x€+$/);
});

test.each([1, 4, 1000])('JSON values are read a line each, whatever the chunks (%d)', async (size) => {
  const whole = Buffer.from('{"a":1}\r\n\n{"b":"x\\ny"}\n{"c":3}');
  expect(await all(jsonLines(cut(whole, size).values() as never))).toEqual([{ a: 1 }, { b: 'x\ny' }, { c: 3 }]);
});

test('a pool gives its free blocks, from a place in it and round', () => {
  expect([...freeSubnets('10.0.0.0/26', [], 0)]).toEqual([
    '10.0.0.0/28',
    '10.0.0.16/28',
    '10.0.0.32/28',
    '10.0.0.48/28',
  ]);
  expect([...freeSubnets('10.0.0.0/26', ['10.0.0.32/28'], 0.25)]).toEqual([
    '10.0.0.16/28',
    '10.0.0.48/28',
    '10.0.0.0/28',
  ]);
});

test.each([
  ['a larger block around it', '10.0.0.0/8'],
  ['one that has its second half', '10.0.0.16/29'],
])('%s takes what it overlaps', (_what, used) => {
  expect([...freeSubnets('10.0.0.0/27', [used], 0)]).not.toContain('10.0.0.16/28');
});
