import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { freePort, portVariables, requireFreePort } from '../../../dev/stack/ports';
import { eventually } from '../../support/eventually';

const root = path.join(__dirname, '..', '..', '..');
const partNames = ['api', 'worker', 'temporal', 'store'] as const;

/** What `npm run dev -- --json` prints. */
interface Line {
  readonly api: string;
  readonly temporal: string;
  readonly temporalUi: string;
  readonly keyFile: string;
  readonly home: string;
  readonly pids: Readonly<Record<(typeof partNames)[number], number>>;
}

/** A command in a process of its own, on a state folder and ports of this file's own. */
interface Command {
  readonly process: ChildProcess;
  /** The next line on stdout for which it is true. Rejects when the command ends without it. */
  line(fits?: (line: Line) => boolean): Promise<Line>;
  /** What it wrote on stderr. */
  said(): string;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

let home: string;
let environment: NodeJS.ProcessEnv;
let running: Command[];

beforeEach(async () => {
  home = await mkdtemp(path.join(os.tmpdir(), 'slipway-stack-'));
  // The store's server runs as a user of its own.
  await chmod(home, 0o755);
  const ports = await Promise.all(Object.values(portVariables).map(async (name) => [name, String(await freePort())]));
  environment = { ...asOnAFreshTerminal(), SLIPWAY_HOME: home, ...Object.fromEntries(ports) };
  running = [];
});

afterEach(async () => {
  for (const command of running) {
    command.process.kill('SIGKILL');
    await command.ended;
  }
  for (const pid of await processesOf(home)) process.kill(pid, 'SIGKILL');
  await rm(home, { recursive: true, force: true });
});

/** Nothing of what the tests are told, but what was set up already: a Temporal CLI and engine images. */
function asOnAFreshTerminal(): NodeJS.ProcessEnv {
  const { SLIPWAY_TEST_TEMPORAL_BIN, SLIPWAY_ENGINE_IMAGES } = process.env;
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(SLIPWAY|TEMPORAL|JEST)_|^(DATABASE_URL|PORT|NODE_ENV|NODE_OPTIONS|LOG_LEVEL)$/.test(name),
  );
  return { ...Object.fromEntries(own), SLIPWAY_TEMPORAL_BIN: SLIPWAY_TEST_TEMPORAL_BIN, SLIPWAY_ENGINE_IMAGES };
}

function start(...args: string[]): Command {
  const child = spawn(process.execPath, [path.join(root, 'dev', 'bootstrap.cjs'), ...args], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8');
  });
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  const command: Command = {
    process: child,
    ended,
    said: () => said,
    async line(fits = () => true) {
      for (;;) {
        const { value, done } = await lines.next();
        if (done === true) throw new Error(`the command ended with ${await ended}:\n${said}`);
        const line = JSON.parse(value) as Line;
        if (fits(line)) return line;
      }
    },
  };
  running.push(command);
  return command;
}

async function readinessOf({ api }: Line): Promise<number> {
  return (await fetch(`${api}/readyz`)).status;
}

/** Every process that has this state folder in its environment, whoever its parent is. */
async function processesOf(folder: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const environments = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')));
  return pids.filter((_pid, index) => environments[index]?.includes(`SLIPWAY_HOME=${folder}\0`)).map(Number);
}

/** No process of it is there any more, and nobody listens where it did. */
async function expectNothingLeft(pids: Iterable<number> = []): Promise<void> {
  await eventually(async () => {
    expect([...pids].filter(isAlive)).toEqual([]);
    expect(await processesOf(home)).toEqual([]);
  }, 15_000);
  for (const variable of Object.values(portVariables)) await requireFreePort(Number(environment[variable]), variable);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    // There is no such process.
    return false;
  }
}

/** How long the stages took that look for what is on the machine. */
function setUpSeconds(said: string): number {
  const stages = [...said.matchAll(/^✓ (Docker|engine images|Temporal CLI) \((\d+\.\d) s\)/gm)];
  expect(stages).toHaveLength(3);
  return stages.reduce((sum, [, , seconds]) => sum + Number(seconds), 0);
}

test('each part that is killed is started anew, alone, and an interrupt ends all', async () => {
  const command = start('dev', '--json');
  let line = await command.line();
  const pid = expect.any(Number) as number;
  expect(line).toEqual({
    api: `http://127.0.0.1:${environment.PORT}`,
    temporal: `127.0.0.1:${environment.SLIPWAY_TEMPORAL_PORT}`,
    temporalUi: `http://127.0.0.1:${environment.SLIPWAY_TEMPORAL_UI_PORT}`,
    keyFile: path.join(home, 'admin.key'),
    home,
    pids: { api: pid, worker: pid, temporal: pid, store: pid },
  });
  const seen = new Set(Object.values(line.pids));
  for (const part of partNames) {
    const { pids } = line;
    process.kill(pids[part], 'SIGKILL');
    line = await command.line((next) => next.pids[part] !== pids[part]);
    await eventually(async () => expect(await readinessOf(line)).toBe(200));
    expect(line.pids).toEqual({ ...pids, [part]: line.pids[part] });
    expect(command.said()).toContain(`! ${part} (process ${pids[part]}) ended: signal SIGKILL; starting it anew`);
    seen.add(line.pids[part]);
  }
  command.process.kill('SIGINT');
  await expect(command.ended).resolves.toBe(0);
  expect([...seen].filter(isAlive)).toEqual([]);
  await expectNothingLeft();
});

test('a command that is killed leaves no process, and its state folder to the next one', async () => {
  const first = start('dev', '--json');
  const { pids } = await first.line();
  const refused = start('dev', '--json');
  await expect(refused.ended).resolves.toBe(1);
  expect(refused.said()).toContain(`the state folder is in use by process ${first.process.pid}`);
  first.process.kill('SIGKILL');
  await expectNothingLeft(Object.values(pids));

  const second = start('dev', '--json');
  const line = await second.line();
  expect(setUpSeconds(second.said())).toBeLessThan(5);
  // The worker cannot start before the store is back.
  for (const part of ['worker', 'store'] as const) process.kill(line.pids[part], 'SIGKILL');
  const { worker, store } = line.pids;
  await second.line((next) => next.pids.worker !== worker && next.pids.store !== store);
  await eventually(async () => expect(await readinessOf(line)).toBe(200));
  second.process.kill('SIGTERM');
  await expect(second.ended).resolves.toBe(0);
  await expectNothingLeft(Object.values(line.pids));
});

test('an interrupt while the parts start ends what has started', async () => {
  const command = start('dev', '--json');
  await eventually(() => access(path.join(home, 'logs', 'worker.log')));
  command.process.kill('SIGINT');
  await expect(command.ended).resolves.toBe(128 + os.constants.signals.SIGINT);
  await expectNothingLeft();
});
