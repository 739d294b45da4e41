import { spawnSync } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Docker from 'dockerode';
import { createDockerBackend } from '../../containers/docker/backend';
import { addressOf } from '../../containers/docker/connection';
import { run } from '../../dev/machine/command';
import { type Child, startChild, untilAnswering } from '../../dev/stack/children';
import { ensureHome } from '../../dev/stack/home';
import { newPartsHome, removeParts } from '../../dev/stack/parts';
import { recordRunning } from '../../dev/stack/running';
import { eventually } from './eventually';

/** A Docker daemon for one test, which can stop, kill and freeze it; the machine's own daemon is not touched. */
export interface OwnDaemon {
  readonly dockerHost: string;
  /** The address at which container ports are published: not loopback, but reachable only from this machine. */
  readonly address: string;
  /** Starts the daemon on the same data; resolves when it is ready. */
  start(options: { readonly liveRestore: boolean }): Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
  freeze(): void;
  thaw(): void;
  /** Ends the daemon and all of its containers, and removes its data. */
  remove(): Promise<void>;
}

const startTimeoutMs = 60_000;
const programs = ['unshare', 'nsenter', 'ip', 'iptables', 'dockerd'];

/** Whether a developer leaves out the tests that need such a daemon, on a machine that cannot run one. */
export const isLeftOut = process.env.SLIPWAY_TEST_OWN_DAEMON === 'off';

/** Throws, with the reason, where a machine cannot run such a daemon: a promise that is not tested must be seen. */
function requirePrerequisites(): void {
  const absent = programs.filter((program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0);
  const missing = [...(process.getuid?.() === 0 ? [] : ['root, for namespaces']), ...absent];
  if (missing.length === 0) return;
  throw new Error(
    `this test runs a Docker daemon of its own, and this machine lacks: ${missing.join(', ')}. ` +
      'SLIPWAY_TEST_OWN_DAEMON=off leaves the test out',
  );
}

/**
 * Creates the namespaces, starts the daemon and loads an image into it. Network, mounts and processes are in
 * namespaces, and the end of their first process ends everything in them, however this process ends. Throws, with what
 * is missing, where a machine cannot run it.
 */
export async function startOwnDaemon(image: string): Promise<OwnDaemon> {
  requirePrerequisites();
  const id = randomBytes(3).toString('hex');
  const home = await newPartsHome((await ensureHome()).folder);
  // A short path, because the length of socket paths is limited.
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-docker-'));
  const socket = path.join(folder, 'docker.sock');
  const dockerHost = `unix://${socket}`;
  const block = `10.250.${randomInt(256)}.${randomInt(64) * 4}`;
  const [gateway, address] = [1, 2].map((last) => block.replace(/\d+$/, (first) => String(Number(first) + last)));
  const cgroup = `slipway-test-${id}`;
  const children: Child[] = [];
  const spawned = (child: Child): Child => {
    children.push(child);
    recordRunning(home.runningFile, children);
    return child;
  };
  const logFile = (name: string): string => path.join(home.logs, `${name}.log`);
  // Bash reaps orphaned processes; otherwise a daemon would mistake a zombie for a running containerd.
  const holder = spawned(
    startChild({
      name: 'namespaces',
      program: 'unshare',
      args: [
        ...['--net', '--mount', '--propagation', 'slave', '--pid', '--fork', '--kill-child', '--mount-proc'],
        ...['bash', '-c', 'sleep infinity & wait'],
      ],
      logFile: logFile('namespaces'),
      stopSignal: 'SIGKILL',
    }),
  );
  let daemon: { readonly child: Child; readonly pid: number } | null = null;

  function thaw(): void {
    // `nsenter` stops itself when its child stops, so both are continued.
    if (daemon !== null) for (const pid of [daemon.pid, daemon.child.pid]) process.kill(pid, 'SIGCONT');
  }

  async function remove(): Promise<void> {
    thaw();
    await holder.stop();
    await daemon?.child.ended;
    for (const place of cgroupsOf(cgroup)) rmdirSync(place);
    await rm(folder, { recursive: true, force: true });
    await removeParts(home.folder);
  }

  async function start({ liveRestore }: { readonly liveRestore: boolean }): Promise<void> {
    const init = await firstChildOf(holder.pid);
    const child = spawned(
      startChild({
        name: 'dockerd',
        program: 'nsenter',
        args: [
          ...['--target', String(init), '--net', '--mount', '--pid', 'dockerd', '--host', dockerHost],
          ...['--data-root', path.join(home.folder, 'docker'), '--exec-root', path.join(folder, 'exec')],
          ...['--pidfile', path.join(folder, 'docker.pid'), '--cgroup-parent', `/${cgroup}`],
          ...(liveRestore ? ['--live-restore'] : []),
        ],
        logFile: logFile('dockerd'),
        stopSignal: 'SIGTERM',
      }),
    );
    const backend = createDockerBackend({ dockerHost, callTimeoutMs: 1_000 });
    await untilAnswering(child, () => backend.ping(), startTimeoutMs);
    daemon = { child, pid: await firstChildOf(child.pid) };
  }

  async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (daemon === null) return;
    process.kill(daemon.pid, signal);
    await daemon.child.ended;
    // A killed daemon leaves its pid file, and another process in the namespace may have that pid by the next start.
    await rm(path.join(folder, 'docker.pid'), { force: true });
    daemon = null;
  }

  try {
    const init = await firstChildOf(holder.pid);
    const inside = (...command: string[]) => run('nsenter', ['--target', String(init), '--net', ...command]);
    await run('ip', ['link', 'add', `sl${id}`, 'type', 'veth', 'peer', 'name', 'up0', 'netns', String(init)]);
    await run('ip', ['address', 'add', `${gateway}/30`, 'dev', `sl${id}`]);
    await run('ip', ['link', 'set', `sl${id}`, 'up']);
    await inside('ip', 'link', 'set', 'lo', 'up');
    await inside('ip', 'address', 'add', `${address}/30`, 'dev', 'up0');
    await inside('ip', 'link', 'set', 'up0', 'up');
    await inside('ip', 'route', 'add', 'default', 'via', gateway ?? '');
    await mkdir(path.join(home.folder, 'docker'), { recursive: true });
    await start({ liveRestore: false });
    await copyImage(image, new Docker(addressOf(process.env.DOCKER_HOST)), new Docker({ socketPath: socket }));
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    dockerHost,
    address: address ?? '',
    start,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    freeze: () => void (daemon !== null && process.kill(daemon.pid, 'SIGSTOP')),
    thaw,
    remove,
  };
}

/** The process that `unshare` or `nsenter` runs, as a pid outside the namespace. */
async function firstChildOf(pid: number): Promise<number> {
  return eventually(() => {
    const [first] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    if (!first) throw new Error(`process ${pid} has no child yet`);
    return Number(first);
  });
}

async function copyImage(image: string, from: Docker, to: Docker): Promise<void> {
  const loading = await to.loadImage(await from.getImage(image).get());
  await new Promise<void>((resolve, reject) => {
    to.modem.followProgress(loading, (error) => (error === null ? resolve() : reject(error)));
  });
}

/** The cgroups with this name and their descendants, innermost first. */
function cgroupsOf(name: string): string[] {
  const root = '/sys/fs/cgroup';
  const below = (folder: string): string[] => [
    ...readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? below(path.join(folder, entry.name)) : [],
    ),
    folder,
  ];
  return [root, ...readdirSync(root).map((controller) => path.join(root, controller))].flatMap((controller) => {
    const folder = path.join(controller, name);
    return spawnSync('test', ['-d', folder]).status === 0 ? below(folder) : [];
  });
}
