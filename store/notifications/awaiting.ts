import { silentAfterSeconds } from '../../domain/capacity/hosts';
import { awaitedUntilMs, type FailingCheck, toleranceMs } from '../../domain/notifications/gathering';
import type { NoticeType } from '../../domain/notifications/notices';
import { isCheckedElsewhere } from '../capacity/liveness';
import { type Executor, Prisma } from '../connection/executor';
import { databases, shouldBeProbed } from '../databases/selects';

/** Notices of one kind for one channel. */
export interface Kind {
  readonly channelId: string;
  readonly type: NoticeType;
}

/** A channel that is to be told of a database that is down, and another one of its host that fails. */
interface Suspect {
  readonly channelId: string;
  readonly down: FailingCheck;
  readonly other: FailingCheck;
  readonly nowMs: number;
}

/** The kinds whose first notice waits for others about its host, which may have gone down, or recovered, with it. */
export async function awaitingOthers(tx: Executor): Promise<Kind[]> {
  return [...(await awaitingFailing(tx)), ...(await awaitingDown(tx)), ...(await awaitingSilence(tx))];
}

/** A host that is about to be reported as silent: that notice stands for those of its databases. */
async function awaitingSilence(tx: Executor): Promise<Kind[]> {
  const type = 'database.down';
  const rows = await tx.$queryRaw<{ channelId: string }[]>`
    SELECT DISTINCT notices.channel_id AS "channelId"
    FROM notification_notices AS notices
      JOIN instances ON instances.database_id = notices.database_id
      JOIN hosts ON hosts.id = instances.host_id
    WHERE notices.delivery_id IS NULL AND notices.type = ${type} AND notices.at >= hosts.last_seen_at
      AND hosts.silent_since IS NULL AND ${isCheckedElsewhere}
      AND hosts.last_seen_at > now() - make_interval(secs => ${2 * silentAfterSeconds})`;
  return rows.map(({ channelId }) => ({ channelId, type }));
}

async function awaitingFailing(tx: Executor): Promise<Kind[]> {
  const type = 'database.down';
  const suspects = await tx.$queryRaw<Suspect[]>`
    SELECT firsts.channel_id AS "channelId", ${failing('own')} AS down, ${failing('checks')} AS other,
      (extract(epoch FROM now()) * 1000)::float8 AS "nowMs"
    ${firstsWithOthers(type)} AND own.failures > 0 AND checks.failures > 0 AND checks.state <> 'down'`;
  const isAwaited = ({ down, other, nowMs }: Suspect) => nowMs < (awaitedUntilMs(down, other) ?? 0);
  const channelIds = new Set(suspects.filter(isAwaited).map(({ channelId }) => channelId));
  return [...channelIds].map((channelId) => ({ channelId, type }));
}

/** A host recovers at one moment, too: each of its databases has had its check within an interval, give or take. */
async function awaitingDown(tx: Executor): Promise<Kind[]> {
  const type = 'database.recovered';
  const rows = await tx.$queryRaw<{ channelId: string }[]>`
    SELECT DISTINCT firsts.channel_id AS "channelId"
    ${firstsWithOthers(type)} AND checks.state = 'down'
      AND (checks.successes > 0 OR checks.last_checked_at < firsts.created_at)
      AND firsts.created_at > now() - make_interval(secs => own.interval_seconds + ${toleranceMs / 1000}::float8)`;
  return rows.map(({ channelId }) => ({ channelId, type }));
}

/** The first waiting notice of a kind for each channel, with the checks of its host that the channel is bound to. */
function firstsWithOthers(type: NoticeType): Prisma.Sql {
  return Prisma.sql`
    FROM (
      SELECT DISTINCT ON (channel_id) channel_id, database_id, created_at FROM notification_notices
      WHERE delivery_id IS NULL AND type = ${type} ORDER BY channel_id, sequence) AS firsts
    JOIN health_checks AS own ON own.database_id = firsts.database_id
    JOIN instances AS here ON here.database_id = own.database_id AND here.role = 'primary'
    JOIN instances AS there ON there.host_id = here.host_id AND there.role = 'primary'
    JOIN ${databases} ON databases.id = there.database_id
    JOIN health_checks AS checks ON checks.database_id = databases.id
    JOIN notification_bindings AS bindings
      ON bindings.health_check_id = checks.id AND bindings.channel_id = firsts.channel_id
    WHERE bindings.enabled AND ${type} = ANY(bindings.notices) AND checks.enabled AND ${shouldBeProbed}`;
}

/** A failing check, with the start of its failures computed from its counts. */
function failing(checks: string): Prisma.Sql {
  const of = (column: string) => Prisma.raw(`${checks}.${column}`);
  return Prisma.sql`jsonb_build_object('intervalMs', ${of('interval_seconds')} * 1000,
    'failureThreshold', ${of('failure_threshold')},
    'firstFailedAtMs', extract(epoch FROM ${of('last_checked_at')}) * 1000
      - (${of('failures')} - 1) * ${of('interval_seconds')} * 1000)`;
}
