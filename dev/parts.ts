import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { ensureHome, reachableFolder } from './home';
import type { Machine } from './machine';
import { freePort } from './ports';
import { stage } from './stages';
import { startStore } from './store';
import { startTemporal } from './temporal';

/** What a program is told of the parts; as `config.ts` reads it, and the tests. */
export type PartsEnvironment = Readonly<Record<string, string>>;

/** A store and a Temporal of their own, on free ports, for as long as `use` runs; nothing of them stays. */
export async function withParts<T>(machine: Machine, use: (environment: PartsEnvironment) => Promise<T>): Promise<T> {
  // Not by mkdtemp, which closes the folder to the user that the server runs as.
  const folder = path.join((await ensureHome()).folder, `run-${randomBytes(4).toString('hex')}`);
  await mkdir(folder);
  const home = await ensureHome(folder);
  const ports = { port: await freePort(), uiPort: await freePort() };
  try {
    const [store, temporal] = await stage('a store and a Temporal of its own', async () =>
      Promise.all([
        startStore(home, await freePort()),
        startTemporal(home, machine.temporalBinary, machine.temporal, ports),
      ]),
    );
    try {
      return await use({
        DATABASE_URL: store.databaseUrl,
        TEMPORAL_ADDRESS: `127.0.0.1:${ports.port}`,
        TEMPORAL_NAMESPACE: machine.temporal.namespace,
        SLIPWAY_TEMPORAL_UI_URL: `http://127.0.0.1:${ports.uiPort}`,
        SLIPWAY_ENGINE_IMAGES: machine.engineImages,
        SLIPWAY_TEST_TEMPORAL_BIN: machine.temporalBinary,
        SLIPWAY_TEST_TEMPORAL_FOLDER: path.join(home.folder, 'temporal'),
      });
    } finally {
      await temporal.stop();
      await store.child.stop();
    }
  } finally {
    await rm(await reachableFolder(home.folder, 'store'), { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
  }
}
