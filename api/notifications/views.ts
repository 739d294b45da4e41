import type { BindingRecord } from '../../store/notifications/bindings';
import { otherNotices } from './schemas';

export function bindingsView(bindings: readonly BindingRecord[]): object {
  return {
    items: bindings.map(({ channelId, notices, enabled, lastNotifiedAt }) => ({
      channelId,
      onDown: notices.includes('database.down'),
      onRecovered: notices.includes('database.recovered'),
      alsoOn: otherNotices.filter((type) => notices.includes(type)),
      enabled,
      lastNotifiedAt,
    })),
  };
}
