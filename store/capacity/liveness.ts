import { checkedElsewhereAfterSeconds, silentAfterSeconds } from '../../domain/capacity/hosts';
import { Prisma } from '../connection/executor';

// Conditions on a row of `hosts`, by the store's clock. A host that no worker has registered is neither live nor silent.

export const isLive = Prisma.sql`hosts.last_seen_at >= now() - make_interval(secs => ${silentAfterSeconds})`;

/** Whether its databases are checked by workers of other hosts. */
export const isCheckedElsewhere = Prisma.sql`
  hosts.last_seen_at < now() - make_interval(secs => ${checkedElsewhereAfterSeconds})`;

export const isSilent = Prisma.sql`hosts.last_seen_at < now() - make_interval(secs => ${silentAfterSeconds})`;
