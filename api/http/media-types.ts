const json = 'application/json';

/** A merge patch (RFC 7396) under its own media type, and as plain JSON, which most clients send. */
const patchTypes = [json, 'application/merge-patch+json'] as const;

/** The media types that the body of a request with this method may have. */
export function mediaTypesOf(method: string): readonly string[] {
  return method.toUpperCase() === 'PATCH' ? patchTypes : [json];
}
