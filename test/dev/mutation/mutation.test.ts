import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { judge } from '../../../dev/mutation/accepted';
import { examine } from '../../../dev/mutation/examine';
import { applied, mutantsOf } from '../../../dev/mutation/mutants';
import { runNode } from '../../support/run-node';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'slipway-mutation-'));
});
afterAll(() => rm(root, { recursive: true }));

const write = (name: string, text: string) => writeFile(path.join(root, name), text);

const limit = 'export const isFree = (used: number) => used < 10;\n';

/** A test file with one test. */
const testOf = (body: string) => `import { isFree } from './limit';\ntest('it', () => {\n${body}\n});\n`;

const examined = (tests: readonly string[]) => examine({ root, files: ['limit.ts'], tests, processes: 1 });

test('a mutant that a test notices is killed, and one that no test notices survives with its place', async () => {
  await write('limit.ts', limit);
  await write('far.test.ts', testOf('expect(isFree(3)).toBe(true);\nexpect(isFree(30)).toBe(false);'));
  const place = { file: 'limit.ts', line: 1, original: limit.trim() };
  const mutant = (text: string) => ({ ...place, mutant: limit.trim().replace('used < 10', text) });
  expect(await examined(['far.test.ts'])).toEqual([
    { ...mutant('undefined'), isKilled: true },
    { ...mutant('used <= 10'), isKilled: false },
    { ...mutant('used >= 10'), isKilled: true },
  ]);
  await write('near.test.ts', testOf('expect(isFree(10)).toBe(false);'));
  const verdicts = await examined(['far.test.ts', 'near.test.ts']);
  expect(verdicts.map(({ isKilled }) => isKilled)).toEqual([true, true, true]);
});

test('a test that fails without any change is an error, and one that needs more than the code is left out', async () => {
  await write('limit.ts', limit);
  await write('wrong.test.ts', testOf('expect(isFree(3)).toBe(false);'));
  await expect(examined(['wrong.test.ts'])).rejects.toThrow('without any change, these tests fail: wrong.test.ts');
  await write('store.test.ts', `import 'pg';\n${testOf('expect(isFree(3)).toBe(false);')}`);
  const verdicts = await examined(['store.test.ts']);
  expect(verdicts.map(({ isKilled }) => isKilled)).toEqual([false, false, false]);
});

test('every kind of defect is made, and none in types, imports or prose', () => {
  const source = `
import { a } from './a';
type Word = 'left' | 'right';
function f(x: number, words: readonly string[]): string[] {
  if (!x && true) throw new Error('the number must not be zero');
  log(x + 1);
  const other = x > 1 ? words.filter(Boolean) : ['one'];
  return other ?? words.some(isLong);
}`;
  const changes = mutantsOf('sample.ts', source).map((mutant) => {
    const before = source.slice(mutant.start, mutant.end);
    expect(applied(source, mutant)).toHaveLength(source.length - before.length + mutant.text.length);
    return `${before} → ${mutant.text}`;
  });
  expect(changes.sort()).toEqual(
    [
      '!x && true → true',
      '!x && true → false',
      '!x → x',
      '&& → ||',
      'true → false',
      "throw new Error('the number must not be zero'); → ;",
      'log(x + 1); → ;',
      '+ → -',
      'x > 1 → true',
      'x > 1 → false',
      '> → >=',
      '> → <=',
      'words.filter(Boolean) → words',
      "['one'] → []",
      "'one' → ''",
      'other ?? words.some(isLong) → other',
      'other ?? words.some(isLong) → undefined',
      'some → every',
    ].sort(),
  );
});

test('the command reports the score of a file, and refuses what is not below domain', async () => {
  const mutation = (...args: string[]) =>
    runNode(path.join('dev', 'bootstrap.cjs'), ['try', 'mutation', ...args], process.env);
  const { code, stdout } = await mutation('--processes', '1', 'domain/temporal-names.ts');
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: 'domain: 12 of 12 killed (100.0 %)\nin all: 12 of 12 killed (100.0 %)\n',
  });
  expect(await mutation('store/store.ts')).toMatchObject({
    code: 64,
    stderr: expect.stringContaining('store/store.ts: expected a file or folder below domain'),
  });
});

test('a survivor needs a reason, and a reason needs its survivor', () => {
  const change = { file: 'a.ts', line: 3, original: 'x < 1', mutant: 'x <= 1' };
  const entry = { file: 'a.ts', original: 'x < 1', mutant: 'x <= 1', reason: 'x is never 1' };
  const alive = [{ ...change, isKilled: false }];
  const dead = [{ ...change, isKilled: true }];
  expect(judge(alive, [], ['a.ts'])).toMatchObject({ survivors: [change], stale: [] });
  expect(judge(alive, [entry], ['a.ts'])).toEqual({ survivors: [], stale: [] });
  expect(judge([{ ...change, line: 9, isKilled: false }], [entry], ['a.ts'])).toEqual({ survivors: [], stale: [] });
  expect(judge(dead, [entry], ['a.ts'])).toEqual({ survivors: [], stale: [entry] });
  expect(judge(dead, [{ ...entry, file: 'b.ts' }], ['a.ts'])).toEqual({ survivors: [], stale: [] });
});
