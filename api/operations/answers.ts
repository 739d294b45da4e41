import { z } from 'zod';
import type { ErrorCode } from '../../domain/errors';
import { dryRunSchema } from '../databases/schemas';
import type { Answer } from '../http/route';
import { acceptedSchema, unchangedSchema } from './schemas';

// Responses shared by several routes, as described in the API document.

export const accepted: Answer = { description: 'Accepted: follow the operation at `Location`', schema: acceptedSchema };

export const unchanged: Answer = { description: 'Already in the requested state', schema: unchangedSchema };

export const unchangedOrPlanned: Answer = {
  description: 'Already in the requested state; for a dry run, what the change would do',
  schema: z.union([unchangedSchema, dryRunSchema]),
};

/** Problems of every request. */
export const commonProblems: readonly ErrorCode[] = [
  'invalid_request',
  'unauthenticated',
  'forbidden',
  'not_found',
  'uri_too_long',
  'rate_limited',
  'internal',
  'store_unavailable',
];

/** Further problems of every request that changes something. */
export const writeProblems: readonly ErrorCode[] = [
  'payload_too_large',
  'unsupported_media_type',
  'idempotency_mismatch',
  'request_in_progress',
  'answer_not_kept',
  'precondition_failed',
  'store_held',
];

/** Problems of a request for more resources: the tenant's quota or the hosts' capacity does not suffice. */
export const roomProblems: readonly ErrorCode[] = ['quota_exceeded', 'capacity_exhausted'];

/** Problems of a change to a database. */
export const changeProblems: readonly ErrorCode[] = [
  ...roomProblems,
  'not_found',
  'state_conflict',
  'host_lost',
  'operation_in_progress',
  'deletion_protected',
];

/** Problems of a request that a host must answer. */
export const hostProblems: readonly ErrorCode[] = [
  'container_missing',
  'not_supported',
  'backend_unavailable',
  'backend_busy',
  'backend_timeout',
  'backend_error',
];

export const dryRunProblems: readonly ErrorCode[] = ['size_in_use', ...hostProblems];

/** One event of a stream, as tools that support event streams read it; OpenAPI 3.1 itself cannot describe streams. */
export const sentEventSchema = z
  .looseObject({ id: z.string().optional(), event: z.string().optional(), data: z.string() })
  .meta({ id: 'SentEvent', description: 'One server-sent event; `data` is JSON.' });
