import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { CommonConfig } from '../config/config';
import { createCipher } from '../store/connection/cipher';
import { migrate } from '../store/connection/migrate';
import { createStore, type Store } from '../store/store';
import { createTemporalClient } from '../temporal/connection';
import { dataConverterOf } from '../temporal/data-converter';
import { createRuns, type Runs } from '../temporal/operation-runs';

/** The store, with its schema as this program needs it. Throws when the schema is refused or the store is away. */
export async function openStore({ store, secrets, checks }: CommonConfig, logger: Logger): Promise<Store> {
  if (store.isExposed) {
    const { host } = new URL(store.databaseUrl);
    logger.warn(
      { host },
      'the connection to the store is not encrypted: set SLIPWAY_STORE_TLS to verify-full or disable',
    );
  }
  const applied = await migrate({
    ...store,
    onBlocked: (blocked) => logger.warn(blocked, 'a migration waits for a table that is in use'),
  });
  if (applied.length > 0) logger.info({ migrations: applied }, 'migrated the store');
  return createStore(store, createCipher(secrets.secretKey, secrets.formerSecretKeys), checks);
}

/** Temporal, and the runs that it has; they start under the newest build of the workers that the store knows. */
export function openTemporal(
  { temporal, secrets }: CommonConfig,
  { workers }: { readonly workers: Pick<Store['workers'], 'liveBuilds'> },
): { readonly client: Client; readonly runs: Runs } {
  const { endpoint, namespace, taskQueue, isEncrypted } = temporal;
  const dataConverter = dataConverterOf(secrets, isEncrypted);
  const client = createTemporalClient({ ...endpoint, namespace, dataConverter });
  return { client, runs: createRuns({ client, taskQueue, liveBuilds: workers.liveBuilds }) };
}
