import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { SetupError } from '../../../dev/machine/stages';
import { type Child, startChild } from '../../../dev/stack/children';
import { claimHome, isAbandoned, recordRunning } from '../../../dev/stack/running';

interface Written {
  command: { pid: number; startedAt: string };
  parts: { name: string; pid: number; startedAt: string }[];
}

let folder: string;
let file: string;
let part: Child;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'slipway-running-'));
  file = path.join(folder, 'running.json');
  const logFile = path.join(folder, 'part.log');
  part = startChild({ name: 'store', program: 'sleep', args: ['600'], logFile, stopSignal: 'SIGTERM' });
});

afterEach(async () => {
  await part.stop(0);
  await rm(folder, { recursive: true, force: true });
});

async function read(): Promise<Written> {
  return JSON.parse(await readFile(file, 'utf8')) as Written;
}

/** As if the process with this id had begun at another time: its id is used again. */
const another = <Known extends { startedAt: string }>(known: Known): Known => ({ ...known, startedAt: '1' });

test('a folder that nobody had is taken', async () => {
  await expect(claimHome(file)).resolves.toEqual([]);
  await expect(read()).resolves.toMatchObject({ command: { pid: process.pid }, parts: [] });
});

test('a folder whose command lives is refused, and its parts are left alone', async () => {
  recordRunning(file, [part]);
  await expect(claimHome(file)).rejects.toThrow(SetupError);
  await expect(claimHome(file)).rejects.toThrow(`in use by process ${process.pid}`);
  expect(part.process.exitCode ?? part.process.signalCode).toBeNull();
  expect(isAbandoned(file)).toBe(false);
});

test('of a command that was killed, what is left is ended and told', async () => {
  recordRunning(file, [part]);
  const { command, parts } = await read();
  await writeFile(file, JSON.stringify({ command: another(command), parts }));
  expect(isAbandoned(file)).toBe(true);
  await expect(claimHome(file)).resolves.toEqual([`store (process ${part.pid})`]);
  await expect(part.ended).resolves.toBe('signal SIGINT');
  await expect(read()).resolves.toMatchObject({ parts: [] });
});

test('a process that has a part’s id and is another one is left alone', async () => {
  recordRunning(file, [part]);
  const { command, parts } = await read();
  await writeFile(file, JSON.stringify({ command: another(command), parts: parts.map(another) }));
  await expect(claimHome(file)).resolves.toEqual([]);
  expect(part.process.exitCode ?? part.process.signalCode).toBeNull();
});

test('a record that a kill cut off is none', async () => {
  await writeFile(file, '{"command":{"na');
  expect(isAbandoned(file)).toBe(false);
  await expect(claimHome(file)).resolves.toEqual([]);
});
