import { z } from 'zod';
import { DatabaseError } from '../../domain/errors';

/** One page of a list, newest first; `nextPageToken` is null on the last. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextPageToken: string | null;
}

export interface PageRequest {
  readonly pageSize: number;
  readonly pageToken: string | null;
}

const positionSchema = z.strictObject({
  at: z.iso.datetime().regex(/^[12]/),
  id: z.string().regex(/^[a-z0-9-]{1,64}$/),
});

type Position = z.infer<typeof positionSchema>;

/** The condition that starts a page after the token's position. Throws `invalid_request` for a foreign token. */
export function afterToken(token: string | null): { readonly createdAt?: object; readonly OR?: object[] } {
  if (token === null) return {};
  const { at, id } = positionOf(token);
  // A condition of its own, so that an index scan can start there.
  return { createdAt: { lte: at }, OR: [{ createdAt: { lt: at } }, { id: { lt: id } }] };
}

/** Newest first; the id decides between rows of one millisecond, so that no row is skipped or shown twice. */
export const newestFirst = [{ createdAt: 'desc' }, { id: 'desc' }] as const;

/** An item with a position in a list. */
interface Placed {
  readonly id: string;
  readonly createdAt: Date | string;
}

/** A page from its rows and one more. */
export function pageOf<Row extends Placed, Item>(
  rows: readonly Row[],
  pageSize: number,
  itemOf: (row: Row) => Item,
): Page<Item> {
  const shown = rows.slice(0, pageSize);
  const last = shown.at(-1);
  const nextPageToken = rows.length > pageSize && last !== undefined ? tokenOf(last) : null;
  return { items: shown.map(itemOf), nextPageToken };
}

function tokenOf({ createdAt, id }: Placed): string {
  return pageTokenOf({ at: new Date(createdAt).toISOString(), id } satisfies Position);
}

/** The position at which the previous page ended. Throws `invalid_request` for a foreign token. */
export function positionOf(token: string): Position {
  return placeOf(positionSchema, token);
}

/** A position in a list, opaque to callers so that its content may change. */
export function pageTokenOf(position: object): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** The position in a token. Throws `invalid_request` for a token of another list. */
export function placeOf<Schema extends z.ZodType>(schema: Schema, token: string): z.output<Schema> {
  try {
    return schema.parse(JSON.parse(Buffer.from(token, 'base64url').toString('utf8')));
  } catch (error) {
    const errors = [{ field: 'pageToken', expected: 'a nextPageToken returned by this list', received: token }];
    throw new DatabaseError('invalid_request', 'pageToken was not returned by this list', { errors }, { cause: error });
  }
}
