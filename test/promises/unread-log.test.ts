import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { freePort } from '../../dev/stack/ports';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { eventually } from '../support/eventually';
import { testEnvironment } from '../support/slipway';

const program = path.join(__dirname, '..', '..', 'dist', 'api', 'main.js');

let database: TestDatabase;
let api: ChildProcessByStdio<null, Readable, null>;
let ended: Promise<unknown[]>;

beforeEach(async () => {
  database = await createTestDatabase();
  const port = String(await freePort());
  api = spawn(process.execPath, [program], {
    env: { PATH: process.env.PATH, ...testEnvironment(database), LOG_LEVEL: 'debug', PORT: port },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  ended = once(api, 'exit');
  const url = `http://127.0.0.1:${port}/livez`;
  await eventually(async () => expect((await fetch(url)).ok).toBe(true), 30_000);
  await fillLog(url);
});

afterEach(async () => {
  api.kill('SIGKILL');
  await ended;
  await database.drop();
});

/** Requests whose log lines have 2 kB each: more than a pipe holds and more than a process keeps. */
async function fillLog(url: string): Promise<void> {
  const long = `${url}?${'x'.repeat(2_000)}`;
  for (let turn = 0; turn < 100; turn += 1) {
    const answers = Array.from({ length: 10 }, () => fetch(long, { signal: AbortSignal.timeout(10_000) }));
    for (const answer of await Promise.all(answers)) await answer.arrayBuffer();
  }
}

test('an API whose log nobody reads answers, and ends on SIGTERM', async () => {
  api.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});

test('whoever reads it again is told how many lines were dropped', async () => {
  for await (const text of createInterface({ input: api.stdout })) {
    const { msg, dropped } = JSON.parse(text) as { msg: string; dropped?: number };
    if (msg !== 'lines of the log were dropped, as nobody read them') continue;
    expect(dropped).toBeGreaterThan(0);
    expect(dropped).toBeLessThan(1_000);
    return;
  }
  throw new Error('the log ended without it');
});

test('a reader of the log that goes away does not end the API', async () => {
  api.stdout.destroy();
  await eventually(() => expect(api.stdout.destroyed).toBe(true));
  api.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});
