import { createHash } from 'node:crypto';
import type { Express, Request, Response } from 'express';
import { DatabaseError } from '../../domain/errors';
import type { Expected } from '../../store/connection/versions';

/** An entity tag (RFC 9110, 8.8.3), weak or strong, with the separator that follows it. */
const entityTag = /\s*(?:W\/)?"(?<tag>[\x21\x23-\x7e\x80-\xff]*)"\s*(?:,|$)/y;

/**
 * Turns off Express's own ETags and its 304 responses. Express derives an ETag from the bytes of every response, even
 * one that is not a resource, and answers every successful read with `If-None-Match: *` with 304.
 */
export function leaveEtagsToUs(app: Express): void {
  app.disable('etag');
  Object.defineProperty(app.request, 'fresh', { value: false });
}

/**
 * A strong ETag in two parts: the version of the record, on which changes depend, and a digest of the whole view,
 * which includes observed state. `If-None-Match` compares both parts, `If-Match` only the version.
 */
export function etagOf(version: string, view: object): string {
  const digest = createHash('sha256').update(JSON.stringify(view)).digest('base64url').slice(0, 16);
  return `"${version}.${digest}"`;
}

/** Answers with one resource and its ETag, or with 304 if the caller has the current version. */
export function sendResource(request: Request, response: Response, version: string, view: object): void {
  const etag = etagOf(version, view);
  response.set('ETag', etag);
  if (isKnown(request.get('if-none-match'), etag)) response.status(304).end();
  else response.json(view);
}

/** Answers a change with the changed resource and its new ETag. */
export function sendChanged(response: Response, version: string, view: object): void {
  response.set('ETag', etagOf(version, view)).json(view);
}

/** Uses the weak comparison (RFC 9110, 13.1.2). A malformed header matches nothing. */
function isKnown(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.trim() === '*' || (tagsOf(header) ?? []).some((tag) => `"${tag}"` === etag);
}

/**
 * The versions that `If-Match` allows; null for any. Throws `invalid_request` for a malformed header.
 *
 * A weak tag counts as a strong one, although under RFC 9110, 13.1.1, it matches nothing. Slipway issues only strong
 * tags, so a weak tag is one that a compressing proxy has weakened: nginx makes it `W/"…"`, Apache appends `-gzip`
 * inside the quotes. The proxy changed only the encoding; the version before the dot is still exact.
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

/** Null for a header that is not a list of tags. */
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
