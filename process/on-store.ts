import { storeProgram } from '../config/config';
import { type KeyStore, openKeyStore } from '../store/access/key-store';
import { configOrExit } from './service';

/** What a command does on the store, once its arguments have been validated. Access to the store permits everything. */
export type Action = (store: KeyStore) => Promise<void>;

/** Opens the store of the configuration for one action. @returns the exit code of a command that succeeded */
export async function onStore(action: Action): Promise<number> {
  const store = await openKeyStore(configOrExit(storeProgram).store);
  try {
    await action(store);
    return 0;
  } finally {
    await store.close();
  }
}
