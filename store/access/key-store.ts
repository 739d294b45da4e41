import { createClient, type StoreSettings } from '../connection/client';
import { migrate } from '../connection/migrate';
import { createTenantScope } from '../connection/tenant-scope';
import { createKeys } from './keys';
import { createTenants } from './tenants';

export interface KeyStoreSettings extends StoreSettings {
  readonly statementTimeoutMs: number;
}

/** The part of the store that needs no secret key: who may ask, for commands that give the first keys. */
export type KeyStore = Awaited<ReturnType<typeof openKeyStore>>;

/** Opens it, with its schema as this program needs it. Throws when the schema is refused or the store is away. */
export async function openKeyStore(settings: KeyStoreSettings) {
  await migrate(settings);
  const { prisma, reading, close } = createClient(settings);
  return {
    keys: createKeys(prisma, createTenantScope(prisma), reading),
    tenants: createTenants(prisma),
    close,
  };
}
