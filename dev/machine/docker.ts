import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createDockerBackend } from '../../containers/docker/backend';
import { run } from './command';
import { canInstall, dockerPackages, installPackages } from './debian.cjs';
import { SetupError } from './stages';

const startTimeoutMs = 60_000;

/**
 * Ensures a Docker daemon that responds, at `DOCKER_HOST` or on the default socket. Otherwise, as root on Debian or
 * Ubuntu, installs Docker and starts a daemon, which stays when this command ends. Probes the socket instead of the
 * program, because a client may be installed without a daemon.
 */
export async function ensureDocker(home: string, note: (text: string) => void): Promise<void> {
  const dockerHost = process.env.DOCKER_HOST;
  const reason = await unreachableReason(dockerHost);
  if (reason === null) return note(dockerHost ?? 'default socket');
  const next =
    'start Docker, or set DOCKER_HOST to a daemon that answers; on Debian or Ubuntu: sudo apt-get install docker.io';
  if (dockerHost !== undefined) throw new SetupError(`Docker at ${dockerHost} does not answer: ${reason}`, next);
  if (!canInstall()) throw new SetupError(`Docker does not answer: ${reason}`, next);
  await ensurePackages(dockerPackages, 'dockerd');
  await startDaemon(home, note);
}

/** Installs Debian packages if their program is missing. */
export async function ensurePackages(packages: readonly string[], program: string): Promise<void> {
  if (!(await isInstalled(program))) await installPackages(packages);
}

async function isInstalled(program: string): Promise<boolean> {
  try {
    await run('sh', ['-c', `command -v ${program}`]);
    return true;
  } catch {
    // `command -v` exits with an error for a missing program.
    return false;
  }
}

async function startDaemon(home: string, note: (text: string) => void): Promise<void> {
  const folder = path.join(home, 'docker');
  await mkdir(folder, { recursive: true });
  const log = path.join(folder, 'dockerd.log');
  const output = openSync(log, 'a');
  const daemon = spawn('dockerd', [], { detached: true, stdio: ['ignore', output, output] });
  closeSync(output);
  await once(daemon, 'spawn');
  daemon.unref();
  await writeFile(path.join(folder, 'dockerd.pid'), `${daemon.pid}\n`);
  const deadline = Date.now() + startTimeoutMs;
  for (let reason = await unreachableReason(undefined); reason !== null; reason = await unreachableReason(undefined)) {
    if (Date.now() > deadline || daemon.exitCode !== null) {
      throw new SetupError(`dockerd does not answer: ${reason}`, `read its log: ${log}`);
    }
    await delay(200);
  }
  note(`started dockerd (process ${daemon.pid}), which stays; its log is ${log}`);
}

async function unreachableReason(dockerHost: string | undefined): Promise<string | null> {
  try {
    await createDockerBackend({ dockerHost, callTimeoutMs: 5_000 }).ping();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
