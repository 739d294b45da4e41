import { downGatheringMs, gatheringMs, maxNoticesInMessage } from '../../domain/notifications/notices';
import { translated } from '../connection/errors';
import type { Executor, PrismaClient } from '../connection/executor';
import { newId } from '../connection/ids';
import { awaitingOthers, type Kind } from './awaiting';

/** The number of the advisory lock for gathering notices, which one process does at a time. */
const gatherLock = 5_754_795;

/** Notices that one pass gathers. */
const batch = 1_000;

interface Waiting extends Kind {
  readonly sequence: bigint;
  readonly tenantId: string;
  /** Whether its kind is still being gathered. */
  readonly isYoung: boolean;
  /** Whether it is young, or waits for others about its host. */
  readonly isHeld: boolean;
}

/** The outbox: from notices to messages. */
export function createOutbox(prisma: PrismaClient) {
  return {
    /**
     * Gathers waiting notices of one kind for one channel into one message, so that things that happen together are
     * reported together. The first notice waits a little for others; `database.down` and `database.recovered` also wait
     * for other databases of the same host that may follow.
     *
     * A notice waits for earlier ones about the same database to the same channel, while these are of another kind and
     * still waiting, or in a message under way: nobody learns of a recovery before the failure.
     *
     * @returns whether more notices will be ready in a moment
     */
    async gather(): Promise<boolean> {
      return translated('gather notices', async () => {
        // Usually there is nothing, which takes one statement.
        const [any] = await prisma.$queryRaw<object[]>`
          SELECT 1 FROM notification_notices WHERE delivery_id IS NULL LIMIT 1`;
        if (any === undefined) return false;
        return prisma.$transaction(async (tx) => {
          const [{ isOurs = false } = {}] = await tx.$queryRaw<{ isOurs: boolean }[]>`
            SELECT pg_try_advisory_xact_lock(${gatherLock}) AS "isOurs"`;
          if (!isOurs) return false;
          const groups = new Map<string, Waiting[]>();
          const waiting = await listWaiting(tx, await awaitingOthers(tx));
          for (const notice of waiting.filter(({ isHeld }) => !isHeld)) {
            const group = `${notice.channelId} ${notice.type}`;
            groups.set(group, [...(groups.get(group) ?? []), notice]);
          }
          for (const notices of groups.values()) await putInMessage(tx, notices);
          return waiting.some(({ isYoung }) => isYoung);
        });
      });
    },
  };
}

/** Notices that no earlier one blocks; those that still wait for others of their kind come last. */
async function listWaiting(tx: Executor, awaiting: readonly Kind[]): Promise<Waiting[]> {
  const [channelIds, types] = [awaiting.map(({ channelId }) => channelId), awaiting.map(({ type }) => type)];
  return tx.$queryRaw<Waiting[]>`
    SELECT sequence, tenant_id AS "tenantId", channel_id AS "channelId", type, is_young AS "isYoung", is_held AS "isHeld"
    FROM (SELECT *, is_young
      OR (channel_id, type) IN (SELECT * FROM unnest(${channelIds}::text[], ${types}::text[])) AS is_held
    FROM (
      SELECT *, row_number() OVER kind AS number, min(created_at) OVER kind > now() - interval '1 millisecond' *
        CASE type WHEN 'database.down' THEN ${downGatheringMs}::int ELSE ${gatheringMs}::int END AS is_young
      FROM notification_notices AS waiting
      WHERE delivery_id IS NULL AND NOT EXISTS (
        SELECT 1 FROM notification_notices AS earlier
          LEFT JOIN notification_deliveries AS deliveries ON deliveries.id = earlier.delivery_id
        WHERE earlier.channel_id = waiting.channel_id AND earlier.database_id = waiting.database_id
          AND earlier.sequence < waiting.sequence
          AND ((earlier.delivery_id IS NULL AND earlier.type <> waiting.type)
            OR deliveries.state IN ('pending', 'sending')))
      WINDOW kind AS (PARTITION BY channel_id, type)
    ) AS waiting WHERE number <= ${maxNoticesInMessage}) AS waiting
    ORDER BY is_held, sequence LIMIT ${batch}`;
}

async function putInMessage(tx: Executor, notices: readonly Waiting[]): Promise<void> {
  const [first] = notices;
  if (first === undefined) return;
  const id = newId();
  const { tenantId, channelId, type } = first;
  await tx.$executeRaw`
    INSERT INTO notification_deliveries (id, tenant_id, channel_id, type, created_at, updated_at)
    VALUES (${id}, ${tenantId}, ${channelId}, ${type}, now(), now())`;
  await tx.notificationNotice.updateMany({
    where: { sequence: { in: notices.map(({ sequence }) => sequence) } },
    data: { deliveryId: id },
  });
}
