import type { IncomingMessage } from 'node:http';

/** `traceparent` (W3C Trace Context, 3.2.2): version, trace id, parent id, flags; later versions may append fields. */
const traceparent =
  /^(?<version>[0-9a-f]{2})-(?<traceId>[0-9a-f]{32})-(?<parentId>[0-9a-f]{16})-[0-9a-f]{2}(?<rest>-.*)?$/;

/**
 * The id of the trace that a request belongs to; null if the header is missing or malformed. A malformed header is
 * ignored (W3C Trace Context, 3.2.1).
 */
export function traceIdOf({ headers }: IncomingMessage): string | null {
  const { version, traceId, parentId, rest } = traceparent.exec(headerOf(headers.traceparent))?.groups ?? {};
  if (traceId === undefined || parentId === undefined) return null;
  if (version === 'ff' || (version === '00' && rest !== undefined)) return null;
  if (/^0+$/.test(traceId) || /^0+$/.test(parentId)) return null;
  return traceId;
}

function headerOf(header: string | string[] | undefined): string {
  return typeof header === 'string' ? header : '';
}
