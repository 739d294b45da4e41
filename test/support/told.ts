import { createClient } from '../../store/connection/client';
import { type NoticeType, raise } from '../../store/notifications/notices';
import { eventually } from './eventually';
import type { ApiClient } from './http';

/** Raises a notice about a database in its own transaction, as the component that detects the event does. */
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

/** The deliveries of a channel, newest first. */
export async function logOf(api: ApiClient, channelId: string): Promise<any[]> {
  return (await api.send('GET', `/v1/notification-channels/${channelId}/deliveries`)).body.items;
}

/** Waits until the newest delivery of a channel matches; returns it. */
export async function untilNewest(api: ApiClient, channelId: string, expected: object): Promise<any> {
  return eventually(async () => {
    const [newest] = await logOf(api, channelId);
    expect(newest).toMatchObject(expected);
    return newest;
  });
}
