import type { Grant } from '../../domain/access/keys';
import type { Store } from '../../store/store';
import { type ApiClient, createApiClient } from './http';

const maker = { actor: 'test', requireGrantable: () => undefined };

/** Creates a key with this grant, by default an administrator's installation key. */
export async function keyOf(store: Pick<Store, 'keys'>, grant: Partial<Grant> = {}, name = 'test'): Promise<string> {
  const whole = { role: 'admin', tenantId: null, expiresAt: null, ...grant } as const;
  return (await store.keys.create(null, maker, whole, name)).key;
}

/** A client of the same API with a new key. */
export async function clientOf(
  { api, store }: { readonly api: ApiClient; readonly store: Store },
  grant: Partial<Grant>,
  name?: string,
): Promise<ApiClient> {
  return createApiClient(api.url, await keyOf(store, grant, name));
}
