import { readFileSync } from 'node:fs';
import Module from 'node:module';
import { Client } from 'pg';
import { z } from 'zod';

/** Node's own, which holds every module that the process has loaded outside of Jest. */
const { _cache: loaded } = Module as unknown as { readonly _cache: NodeJS.Dict<NodeModule> };

test('packages are loaded once for each process, and modules of the project for each test file', () => {
  expect(loaded[require.resolve('pg')]?.exports.Client).toBe(Client);
  expect(loaded[require.resolve('../../domain/names')]).toBeUndefined();
});

test('errors of Node, of packages and of tests are of one class', () => {
  const thrownBy = (run: () => unknown): unknown => {
    try {
      return run();
    } catch (error) {
      return error;
    }
  };
  expect(thrownBy(() => readFileSync('/no/such/file'))).toBeInstanceOf(Error);
  expect(thrownBy(() => JSON.parse('{'))).toBeInstanceOf(SyntaxError);
  expect(z.string().safeParse(1).error).toBeInstanceOf(Error);
});
