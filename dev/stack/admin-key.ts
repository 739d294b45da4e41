import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { readStoreConfig } from '../../config/config';
import { defaultTenantId } from '../../domain/ids';
import { type KeyStore, openKeyStore } from '../../store/access/key-store';

/**
 * Leaves a key of the installation's administrator in the file, which only its owner can read: a new one where there is
 * none, or one that the store does not know.
 */
export async function ensureAdminKey(databaseUrl: string, file: string): Promise<void> {
  const store = await openKeyStore(readStoreConfig({ ...process.env, DATABASE_URL: databaseUrl }).store);
  try {
    if (await isAdministrators(store, await contentsOf(file))) return;
    const draft = `${file}.${randomBytes(4).toString('hex')}`;
    await writeFile(draft, `${await createAdminKey(store)}\n`, { mode: 0o600 });
    await rename(draft, file);
  } finally {
    await store.close();
  }
}

/** A new key of an administrator of the installation. */
export async function createAdminKey({ keys }: Pick<KeyStore, 'keys'>): Promise<string> {
  const maker = { actor: 'set-up', requireGrantable: () => undefined };
  return (await keys.create(null, maker, { role: 'admin', tenantId: null, expiresAt: null }, 'admin')).key;
}

async function isAdministrators({ keys }: KeyStore, text: string): Promise<boolean> {
  const key = await keys.present(text, defaultTenantId);
  return key !== null && key.tenantId === null && key.role === 'admin';
}

/** Nothing where there is no file. */
async function contentsOf(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
