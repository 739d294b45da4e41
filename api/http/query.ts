import { z } from 'zod';
import { idSchema } from '../../domain/ids';
import { textSchema } from '../../domain/spec';
import type { PageRequest } from '../../store/connection/pages';

const maxPageSize = 200;
const defaultPageSize = 50;
const maxWaitSeconds = 60;

/** The path parameters of a resource identified by its id. */
export const idParams = z.strictObject({ id: idSchema });

/** A host's id is chosen by its administrator. */
export const hostIdSchema = z.string().regex(/^[a-z0-9-]{1,40}$/, 'expected lowercase letters, digits and hyphens');
export const hostParams = z.strictObject({ id: hostIdSchema });

/** The parameters of every list. */
export const pageQuery = {
  pageSize: z
    .string()
    .regex(/^[0-9]{1,4}$/, `expected a whole number from 1 to ${maxPageSize}`)
    .transform(Number)
    .pipe(z.int().min(1).max(maxPageSize))
    .optional(),
  pageToken: z.string().min(1).max(512).optional(),
};

export function pageRequestOf(query: {
  readonly pageSize?: number | undefined;
  readonly pageToken?: string | undefined;
}): PageRequest {
  return { pageSize: query.pageSize ?? defaultPageSize, pageToken: query.pageToken ?? null };
}

/** How long to wait for an operation to end: seconds such as `30s`, parsed to milliseconds. */
export const waitQuery = z
  .string()
  .regex(/^[0-9]{1,3}s$/, 'expected a number of seconds such as 30s')
  .transform((text) => Number.parseInt(text, 10) * 1000)
  .pipe(z.number().max(maxWaitSeconds * 1000, `expected at most ${maxWaitSeconds}s`))
  .optional();

/** The filters for events. */
export const eventFilter = {
  databaseId: idSchema.optional(),
  operationId: idSchema.optional(),
  type: z
    .string()
    .max(64)
    .regex(/^[a-z_]+(\.[a-z_]+)*$/, 'expected an event type such as operation.failed')
    .optional(),
};

/** Labels to filter by: `label=key=value`, repeatable. */
export const labelQuery = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => (Array.isArray(value) ? value : [value]))
  .pipe(z.array(textSchema.regex(/^[^=]{1,63}=/, 'expected label=key=value')).max(32))
  .transform((pairs) => Object.fromEntries(pairs.map((pair) => splitPair(pair))))
  .optional();

function splitPair(pair: string): [string, string] {
  const at = pair.indexOf('=');
  return [pair.slice(0, at), pair.slice(at + 1)];
}
