import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Machine } from '../machine/machine';
import { stage } from '../machine/stages';
import type { Child } from './children';
import { ensureHome, type Home, homeAt, reachableFolder } from './home';
import { freePort } from './ports';
import { claimHome, isAbandoned, recordRunning } from './running';
import { type StoreSettings, startStore } from './store';
import { startTemporal } from './temporal';

/** The variables that describe the parts to a program, for `config/config.ts` and the tests. */
export type PartsEnvironment = Readonly<Record<string, string>>;

const prefix = 'run-';

/**
 * Runs `use` with its own store and Temporal on free ports; nothing of them remains. A benchmark's store is not
 * `disposable`: it must cost what a real one does.
 */
export async function withParts<T>(
  { folder }: Home,
  machine: Machine,
  use: (environment: PartsEnvironment) => Promise<T>,
  { disposable = false }: Pick<StoreSettings, 'disposable'> = {},
): Promise<T> {
  await removeAbandoned(folder);
  const home = await newPartsHome(folder);
  const children: Child[] = [];
  try {
    return await use(await startParts(home, machine, children, disposable));
  } finally {
    await Promise.all(children.map((child) => child.stop()));
    await removeParts(home.folder);
  }
}

/** A state folder for temporary parts, inside another state folder. */
export async function newPartsHome(folder: string): Promise<Home> {
  // Not by mkdtemp, which closes the folder to the server's own user.
  const own = path.join(folder, `${prefix}${randomBytes(4).toString('hex')}`);
  await mkdir(own);
  return ensureHome(own);
}

/** Starts the parts; `children` gets every process as soon as it runs. @returns the variables that describe them */
async function startParts(
  home: Home,
  machine: Machine,
  children: Child[],
  disposable: boolean,
): Promise<PartsEnvironment> {
  const spawned = (child: Child): void => {
    children.push(child);
    recordRunning(home.runningFile, children);
  };
  const ports = { port: await freePort(), uiPort: await freePort() };
  const databaseUrl = await stage('a store and a Temporal of its own', async () => {
    const store = startStore(home, await freePort(), { spawned, disposable });
    const temporal = startTemporal(home, machine.temporalBinary, machine.temporal, ports, spawned);
    // Both starts end, successful or not, before anything is stopped.
    await Promise.allSettled([store, temporal]);
    await temporal;
    return (await store).databaseUrl;
  });
  return {
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: `127.0.0.1:${ports.port}`,
    TEMPORAL_NAMESPACE: machine.temporal.namespace,
    SLIPWAY_TEMPORAL_UI_URL: `http://127.0.0.1:${ports.uiPort}`,
    SLIPWAY_ENGINE_IMAGES: machine.engineImages,
    ...machine.sidecarImages,
    SLIPWAY_TEST_TEMPORAL_BIN: machine.temporalBinary,
  };
}

/** Removes the remains of killed runs. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of (await readdir(folder)).filter((entry) => entry.startsWith(prefix))) {
    const left = path.join(folder, name);
    const { runningFile } = homeAt(left);
    if (!isAbandoned(runningFile)) continue;
    await claimHome(runningFile);
    await removeParts(left);
  }
}

/** Removes a state folder whose parts have ended. */
export async function removeParts(folder: string): Promise<void> {
  const storeHome = path.dirname(await reachableFolder(folder, 'store'));
  for (const place of [storeHome, folder]) await rm(place, { recursive: true, force: true });
}
