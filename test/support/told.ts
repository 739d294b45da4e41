import { createClient } from '../../store/connection/client';
import { type NoticeType, raise } from '../../store/notifications/notices';
import { eventually } from './eventually';
import type { ApiClient } from './http';

/** Something that happens to a database, as the one who finds it tells it: in a transaction of its own. */
export async function happens(
  databaseUrl: string,
  type: NoticeType,
  databaseId: string,
  data: object = { databaseName: 'orders' },
): Promise<void> {
  const { prisma, close } = createClient({ databaseUrl, poolMax: 1, connectTimeoutMs: 5_000 });
  try {
    await prisma.$transaction((tx) => raise(tx, { tenantId: 'default', databaseId, type, data }, new Date()));
  } finally {
    await close();
  }
}

/** What a channel was told, newest first. */
export async function logOf(api: ApiClient, channelId: string): Promise<any[]> {
  return (await api.send('GET', `/v1/notification-channels/${channelId}/deliveries`)).body.items;
}

/** Waits until the newest message to a channel is so. */
export async function untilNewest(api: ApiClient, channelId: string, expected: object): Promise<any> {
  return eventually(async () => {
    const [newest] = await logOf(api, channelId);
    expect(newest).toMatchObject(expected);
    return newest;
  });
}
