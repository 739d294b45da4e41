import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { type Child, type ChildSettings, startChild, untilAnswering, untilReady } from '../../../dev/stack/children';
import { eventually } from '../../support/eventually';

const root = path.join(__dirname, '..', '..', '..');

let folder: string;
let logFile: string;
let children: Child[];

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'slipway-children-'));
  logFile = path.join(folder, 'part.log');
  children = [];
});

afterEach(async () => {
  for (const child of children) await child.stop(0);
  await rm(folder, { recursive: true, force: true });
});

/** Node with this script. */
function start(script: string, settings: Partial<ChildSettings> = {}): Child {
  const program = { name: 'part', program: process.execPath, args: ['-e', script], logFile, ipc: true };
  const child = startChild({ ...program, stopSignal: 'SIGTERM', ...settings });
  children.push(child);
  return child;
}

const staysUp = 'process.send({ ready: true }); setInterval(() => {}, 1000);';

test('a child that ends at its stop signal is not killed', async () => {
  const child = start(`process.on('SIGINT', () => process.exit(7)); ${staysUp}`, { stopSignal: 'SIGINT' });
  await untilReady(child);
  await child.stop();
  await expect(child.ended).resolves.toBe('exit code 7');
});

test('a child that ignores its stop signal is killed when its time is over', async () => {
  const child = start(`process.on('SIGTERM', () => console.log('no')); ${staysUp}`);
  await untilReady(child);
  await child.stop(3_000);
  await expect(child.ended).resolves.toBe('signal SIGKILL');
  await expect(readFile(logFile, 'utf8')).resolves.toBe('no\n');
});

test('stopping one that has ended, or never began, does nothing', async () => {
  const ended = start('');
  await expect(ended.ended).resolves.toBe('exit code 0');
  await ended.stop();
  const absent = start('', { program: '/nowhere/part', ipc: false });
  await expect(absent.ended).resolves.toContain('ENOENT');
  await absent.stop();
});

describe('the death of a child that was not ready is told with', () => {
  test('how it ended, where its log is, and the end of it', async () => {
    const lines = `for (let line = 1; line <= 40; line += 1) console.error('line ' + line);`;
    const child = start(`${lines} process.exitCode = 3;`);
    const error: unknown = await untilReady(child).catch((thrown: unknown) => thrown);
    const tail = Array.from({ length: 15 }, (_, index) => `line ${index + 26}`).join('\n');
    expect((error as Error).message).toBe(
      `part ended before it was ready (exit code 3); its log is ${logFile}:\n${tail}`,
    );
  });

  test('none of what an earlier one had written', async () => {
    await writeFile(logFile, 'of yesterday\n');
    const child = start(`console.log('of today'); process.kill(process.pid, 'SIGKILL');`);
    await expect(untilReady(child)).rejects.toThrow(
      new Error(`part ended before it was ready (signal SIGKILL); its log is ${logFile}:\nof today`),
    );
    await expect(readFile(logFile, 'utf8')).resolves.toBe('of yesterday\nof today\n');
  });
});

describe('a child that is asked until it answers', () => {
  const refuse = () => Promise.reject(new Error('refused'));

  test('is waited for', async () => {
    let asked = 0;
    await untilAnswering(start(staysUp), () => (++asked < 3 ? refuse() : Promise.resolve()), 10_000);
    expect(asked).toBe(3);
  });

  test('and ends first is told with how, its log and the last refusal', async () => {
    const child = start(`console.log('cannot'); process.exitCode = 1;`);
    const error: unknown = await untilAnswering(child, refuse, 10_000).catch((thrown: unknown) => thrown);
    expect((error as Error).message).toBe(`part did not start (exit code 1); its log is ${logFile}:\ncannot`);
    expect((error as Error).cause).toEqual(new Error('refused'));
  });

  test('and never does is ended when the time is over', async () => {
    const child = start(staysUp);
    await expect(untilAnswering(child, refuse, 100)).rejects.toThrow('part did not start (no answer within 0.1 s)');
    await expect(child.ended).resolves.toBe('signal SIGTERM');
  });
});

test('a child ends when its parent is killed', async () => {
  const script = `
    const { startChild } = require('./dev/stack/children.ts');
    const child = startChild({
      name: 'part', program: 'sleep', args: ['600'], logFile: ${JSON.stringify(logFile)}, stopSignal: 'SIGTERM',
    });
    console.log(child.pid);
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ['-r', 'tsx/cjs', '-e', script], { cwd: root, stdio: ['ignore', 'pipe', 2] });
  const pid = Number(await firstLine(parent));
  try {
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await eventually(() => expect(isAlive(pid)).toBe(false), 5_000);
  } finally {
    parent.kill('SIGKILL');
    if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  }
});

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error('the output is not piped');
  const [line] = (await once(createInterface({ input: stdout }), 'line')) as [string];
  return line;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    // There is no such process.
    return false;
  }
}
