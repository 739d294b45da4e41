import { createAdminKey } from '../../dev/stack/admin-key';
import { openKeyStore } from '../../store/access/key-store';

/** Creates an administrator's installation key in the store at this URL, after creating its schema. */
export async function adminKeyOf(databaseUrl: string): Promise<string> {
  const settings = { databaseUrl, poolMax: 2, connectTimeoutMs: 5_000, statementTimeoutMs: 10_000 };
  const store = await openKeyStore(settings);
  try {
    return await createAdminKey(store);
  } finally {
    await store.close();
  }
}
