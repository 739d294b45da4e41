import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { ApiConfig } from '../config/config';
import { checkDefaultsOf, dataConverterOf, storeOf, temporalOf } from '../config/settings';
import type { TemporalConfig } from '../config/temporal';
import { createCipher } from '../store/connection/cipher';
import { migrate } from '../store/connection/migrate';
import { createStore, type Store } from '../store/store';
import { createTemporalClient } from '../temporal/connection';
import { createRuns, type Runs } from '../temporal/operation-runs';

type CommonConfig = Pick<
  ApiConfig,
  | 'DATABASE_URL'
  | 'SLIPWAY_STORE_POOL_MAX'
  | 'SLIPWAY_STORE_CONNECT_TIMEOUT_MS'
  | 'SLIPWAY_STORE_STATEMENT_TIMEOUT_MS'
  | 'SLIPWAY_SECRET_KEY'
  | 'SLIPWAY_FORMER_SECRET_KEYS'
  | 'SLIPWAY_TEMPORAL_ENCRYPT_PAYLOADS'
  | 'SLIPWAY_TASK_QUEUE'
  | 'SLIPWAY_HEALTH_INTERVAL_SECONDS'
  | 'SLIPWAY_HEALTH_TIMEOUT_SECONDS'
  | 'SLIPWAY_HEALTH_FAILURES'
  | 'SLIPWAY_HEALTH_SUCCESSES'
> &
  TemporalConfig;

/** The store, with its schema as this program needs it. Throws when the schema is refused or the store is away. */
export async function openStore(config: CommonConfig, logger: Logger): Promise<Store> {
  const settings = storeOf(config);
  const applied = await migrate(settings);
  if (applied.length > 0) logger.info({ migrations: applied }, 'migrated the store');
  const cipher = createCipher(config.SLIPWAY_SECRET_KEY, config.SLIPWAY_FORMER_SECRET_KEYS);
  return createStore(settings, cipher, checkDefaultsOf(config));
}

export function openTemporal(config: CommonConfig): { readonly client: Client; readonly runs: Runs } {
  const namespace = config.TEMPORAL_NAMESPACE;
  const client = createTemporalClient({ ...temporalOf(config), namespace, dataConverter: dataConverterOf(config) });
  return { client, runs: createRuns({ client, taskQueue: config.SLIPWAY_TASK_QUEUE }) };
}
