import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '../../dev/stack/ports';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { runNode } from '../support/run-node';
import { secretKey } from '../support/test-store';

const bootstrap = path.join('dev', 'bootstrap.cjs');

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());

test('the built API runs in the process itself, and a signal shuts it down', async () => {
  const child = spawn(process.execPath, [bootstrap, 'start', 'api'], {
    cwd: path.join(__dirname, '..', '..'),
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: database.url,
      TEMPORAL_ADDRESS: process.env.TEMPORAL_ADDRESS,
      SLIPWAY_SECRET_KEY: secretKey.toString('base64'),
      PORT: String(await freePort()),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const messages: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const { msg, pid } = JSON.parse(line) as { msg: string; pid: number };
    messages.push(msg);
    expect(pid).toBe(child.pid);
    if (msg === 'ready') child.kill('SIGTERM');
  }
  expect(messages.slice(-3)).toEqual(['ready', 'shutting down', 'stopped']);
  expect(await ended).toEqual([0, null]);
});

test.each([[], ['web']])('it names what can be started: %j', async (...args: string[]) => {
  const { code, stdout, stderr } = await runNode(bootstrap, ['start', ...args], process.env);
  expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
  expect(stderr).toContain('expected api or worker\nstart api|worker');
});
