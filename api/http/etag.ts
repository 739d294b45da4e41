import { createHash } from 'node:crypto';
import type { Express, Request, Response } from 'express';
import { DatabaseError } from '../../domain/errors';
import type { Expected } from '../../store/connection/versions';

/** An entity tag (RFC 9110, 8.8.3), weak or strong, and what separates it from the next. */
const entityTag = /\s*(?:W\/)?"(?<tag>[\x21\x23-\x7e\x80-\xff]*)"\s*(?:,|$)/y;

/**
 * Takes from Express its own ETags, of the bytes of any answer, and its 304: it gives that for `If-None-Match: *` to every
 * read that goes well, and what is no resource has none.
 */
export function leaveEtagsToUs(app: Express): void {
  app.disable('etag');
  Object.defineProperty(app.request, 'fresh', { value: false });
}

/**
 * A strong ETag in two parts: the version of the record, which is what a change depends on, and a digest of what is shown
 * of it, in which also what was seen of it counts. `If-None-Match` compares both, `If-Match` the first.
 */
export function etagOf(version: string, view: object): string {
  const digest = createHash('sha256').update(JSON.stringify(view)).digest('base64url').slice(0, 16);
  return `"${version}.${digest}"`;
}

/** Answers with one resource and its ETag, or 304 when the caller has it as it is. */
export function sendResource(request: Request, response: Response, version: string, view: object): void {
  const etag = etagOf(version, view);
  response.set('ETag', etag);
  if (isKnown(request.get('if-none-match'), etag)) response.status(304).end();
  else response.json(view);
}

/** Answers a change with the resource as it is now, and the ETag to go on with. */
export function sendChanged(response: Response, version: string, view: object): void {
  response.set('ETag', etagOf(version, view)).json(view);
}

/** The comparison is the weak one (RFC 9110, 13.1.2). A header that cannot be read matches nothing. */
function isKnown(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.trim() === '*' || (tagsOf(header) ?? []).some((tag) => `"${tag}"` === etag);
}

/**
 * The versions that `If-Match` allows; null for any. Throws `invalid_request` for a header that cannot be read.
 *
 * A weak tag counts as a strong one, although RFC 9110, 13.1.1, has it match nothing. We only give strong tags, so a weak one
 * is ours as a compressing proxy has weakened it: nginx makes it `W/"…"`, Apache appends `-gzip` within the quotes. The
 * proxy has changed the encoding, which the part after the dot describes; the version before it is still exact.
 */
export function ifMatchOf(request: Request): Expected {
  const header = request.get('if-match');
  if (header === undefined || header.trim() === '*') return null;
  const tags = tagsOf(header);
  if (tags !== null) return tags.map((tag) => tag.split('.')[0] ?? '');
  const expected = 'one or more ETags as returned, quotes included and separated by commas; or *';
  const errors = [{ field: 'If-Match', expected, received: header.slice(0, 80) }];
  throw new DatabaseError('invalid_request', `If-Match: expected ${expected}`, { errors });
}

/** Null for a header that is no list of tags. */
function tagsOf(header: string): string[] | null {
  const tags: string[] = [];
  entityTag.lastIndex = 0;
  while (entityTag.lastIndex < header.length) {
    const { groups } = entityTag.exec(header) ?? {};
    if (groups === undefined) return null;
    tags.push(groups.tag ?? '');
  }
  return tags.length === 0 ? null : tags;
}
