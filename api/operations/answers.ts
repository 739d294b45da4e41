import { z } from 'zod';
import type { ErrorCode } from '../../domain/errors';
import { dryRunSchema } from '../databases/schemas';
import type { Answer } from '../http/route';
import { acceptedSchema, unchangedSchema } from './schemas';

// What several routes answer, as the API document says it.

export const accepted: Answer = { description: 'Accepted: follow the operation at `Location`', schema: acceptedSchema };

export const unchanged: Answer = { description: 'Already in the requested state', schema: unchangedSchema };

export const unchangedOrPlanned: Answer = {
  description: 'Already in the requested state; for a dry run, what the change would do',
  schema: z.union([unchangedSchema, dryRunSchema]),
};

/** What may happen to any request. */
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

/** And to one that changes something. */
export const writeProblems: readonly ErrorCode[] = [
  'payload_too_large',
  'unsupported_media_type',
  'idempotency_mismatch',
  'request_in_progress',
  'answer_not_kept',
  'precondition_failed',
];

/** Why there is no room for what is asked: the tenant may not have it, or no host has it. */
export const roomProblems: readonly ErrorCode[] = ['quota_exceeded', 'capacity_exhausted'];

/** Why a change of a database is refused. */
export const changeProblems: readonly ErrorCode[] = [
  ...roomProblems,
  'not_found',
  'state_conflict',
  'operation_in_progress',
  'deletion_protected',
];

/** Why nothing is heard of a host. */
export const hostProblems: readonly ErrorCode[] = [
  'container_missing',
  'not_supported',
  'backend_unavailable',
  'backend_busy',
  'backend_timeout',
  'backend_error',
];

export const dryRunProblems: readonly ErrorCode[] = ['size_in_use', ...hostProblems];

/** What an event of a stream is to tools that know event streams: OpenAPI 3.1 has no word for it. */
export const sentEventSchema = z
  .looseObject({ id: z.string().optional(), event: z.string().optional(), data: z.string() })
  .meta({ id: 'SentEvent', description: 'One server-sent event; `data` is JSON.' });
