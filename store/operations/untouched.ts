import { disruptiveKinds } from '../../domain/operations/kinds';
import { Prisma } from '../connection/executor';

const disruptive = Prisma.sql`ANY (${[...disruptiveKinds]})`;

/**
 * Whether an operation left a failed database as it was, so that what could be recovered or retried before it still
 * can: it changed only the record, or was a delete that never began, or that was cancelled before it destroyed data.
 */
export const leftUntouched = Prisma.sql`(
  NOT kind = ${disruptive}
  OR former_state = 'failed' AND (
    kind = 'recover' AND NOT input ->> 'kind' = ${disruptive}
    OR kind = 'delete' AND (cancel_requested_at IS NOT NULL OR started_at IS NULL)))`;
