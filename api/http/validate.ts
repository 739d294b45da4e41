import type { Request } from 'express';
import type { z } from 'zod';
import { DatabaseError } from '../../domain/errors';
import { mediaTypesOf } from './media-types';

/** One invalid field of a request. */
export interface FieldError {
  /** A dotted path such as `size.memoryBytes`; `body` for the body itself. */
  readonly field: string;
  readonly expected: string;
  /** The received value, truncated. */
  readonly received: string;
}

/** Fields that may contain secrets. Their values are not echoed, because responses are stored. */
const neverShown = /^(config|secret)(\.|$)/;

type Issue = z.core.$ZodIssue;

/** The input as parsed by the schema. Throws `invalid_request` with every invalid field in `errors`. */
export function validate<Schema extends z.ZodType>(schema: Schema, input: unknown, where: string): z.output<Schema> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const errors = result.error.issues.flatMap((issue) => fieldErrors(issue, input, where));
  const named = errors.map(({ field, expected }) => `${field}: ${expected}`).join('; ');
  throw new DatabaseError('invalid_request', named, { errors });
}

/**
 * The JSON body; `{}` for a request without one, so that a schema reports its required fields by name. Throws
 * `unsupported_media_type`.
 */
export function bodyOf(request: Request): unknown {
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  const expected = mediaTypesOf(request.method);
  if (hasBody && request.is([...expected]) === false) {
    const received = request.headers['content-type'] ?? 'none';
    const message = `expected Content-Type ${expected.join(' or ')}, received ${received}`;
    throw new DatabaseError('unsupported_media_type', message);
  }
  return hasBody ? request.body : {};
}

function fieldErrors(issue: Issue, input: unknown, where: string): FieldError[] {
  if (issue.code === 'invalid_union') return unionErrors(issue, input, where);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      field: pathOf([...issue.path, key], where),
      expected: 'no field with this name',
      received: received(input, [...issue.path, key]),
    }));
  }
  if (issue.code === 'invalid_key') {
    const expected = issue.issues.map(({ message }) => message).join(', ');
    return [{ field: pathOf(issue.path, where), expected, received: shown(issue.path.at(-1)) }];
  }
  return [{ field: pathOf(issue.path, where), expected: issue.message, received: received(input, issue.path) }];
}

/** The errors of the union branch closest to the value, which is one that does not reject the value as a whole. */
function unionErrors(issue: Extract<Issue, { code: 'invalid_union' }>, input: unknown, where: string): FieldError[] {
  const isInside = (branch: readonly Issue[]) =>
    branch.every(({ path, code }) => path.length > 0 || code === 'unrecognized_keys');
  const closest = issue.errors.find(isInside);
  if (closest !== undefined) {
    return closest.flatMap((inner) => fieldErrors({ ...inner, path: [...issue.path, ...inner.path] }, input, where));
  }
  const expected =
    issue.errors.flatMap((branch) => branch.map(({ message }) => message)).join(', or ') || issue.message;
  return [{ field: pathOf(issue.path, where), expected, received: received(input, issue.path) }];
}

function pathOf(path: readonly PropertyKey[], where: string): string {
  return path.length === 0 ? where : path.map(String).join('.').slice(0, 200);
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (value !== null && typeof value === 'object' ? Reflect.get(value, key) : undefined),
    input,
  );
}

function received(input: unknown, path: readonly PropertyKey[]): string {
  return neverShown.test(path.map(String).join('.')) ? '[redacted]' : shown(valueAt(input, path));
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'object' && value !== null ? typeName(value) : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function typeName(value: object): string {
  return Array.isArray(value) ? 'an array' : 'an object';
}
