import { Client, Connection, isGrpcServiceError, type TLSConfig } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { DatabaseError } from '../domain/errors';

/** Temporal's address, and the credentials for it. */
export interface TemporalEndpoint {
  /** Host and port. */
  readonly address: string;
  /** Without it the connection is unencrypted. */
  readonly tls?: TLSConfig;
  readonly apiKey?: string;
}

export interface TemporalSettings extends TemporalEndpoint {
  readonly namespace: string;
  /** How values are encoded for Temporal; by default as the SDK does. */
  readonly dataConverter?: DataConverter;
}

/** Timeout of a call: a request must not hang because Temporal does. */
const callDeadlineMs = 5_000;

/** A client that connects on first use, because Temporal may be unavailable when a process starts. */
export function createTemporalClient({ namespace, dataConverter = {}, ...endpoint }: TemporalSettings): Client {
  const connection = Connection.lazy({ ...endpoint, connectTimeout: callDeadlineMs });
  return new Client({ connection, namespace, dataConverter });
}

/**
 * Runs a call with a timeout. A connection error becomes `temporal_unavailable`; the outcome of the call is then
 * unknown.
 */
export async function callTemporal<T>(client: Client, what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await client.withDeadline(Date.now() + callDeadlineMs, call);
  } catch (error) {
    if (!isConnectionError(error)) throw error;
    throw new DatabaseError('temporal_unavailable', `could not ${what}: Temporal is unavailable`, {}, { cause: error });
  }
}

/**
 * Statuses that say nothing about the request itself. A rejected API key is one: it may be in rotation, or not valid
 * yet.
 */
const retryableStatus = new Set([
  1 /* CANCELLED */, 4 /* DEADLINE_EXCEEDED */, 7 /* PERMISSION_DENIED */, 8 /* RESOURCE_EXHAUSTED */,
  14 /* UNAVAILABLE */, 16 /* UNAUTHENTICATED */,
]);

function isConnectionError(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (isGrpcServiceError(cause)) return retryableStatus.has(cause.code);
    if (/Failed to connect before the deadline|Channel has been shut down/.test(cause.message)) return true;
  }
  return false;
}
