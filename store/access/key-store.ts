import { createHosts } from '../capacity/hosts';
import { createClient, type StoreSettings } from '../connection/client';
import { migrate } from '../connection/migrate';
import { createTenantScope } from '../connection/tenant-scope';
import { createInstallation } from '../installation/installation';
import { createKeys } from './keys';
import { createTenants } from './tenants';

export interface KeyStoreSettings extends StoreSettings {
  readonly statementTimeoutMs: number;
}

/** The part of the store that needs no secret key: keys, tenants, hosts and the installation, for operators' commands. */
export type KeyStore = Awaited<ReturnType<typeof openKeyStore>>;

/** Opens it and migrates its schema. Throws when the schema is refused or the store is unavailable. */
export async function openKeyStore(settings: KeyStoreSettings) {
  await migrate(settings);
  const { prisma, reading, close } = createClient(settings);
  return {
    keys: createKeys(prisma, createTenantScope(prisma), reading),
    tenants: createTenants(prisma),
    hosts: createHosts(prisma),
    installation: createInstallation(prisma),
    close,
  };
}
