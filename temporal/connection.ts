import { Client, Connection, isGrpcServiceError, type TLSConfig } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { DatabaseError } from '../domain/errors';

/** Where Temporal is, and how one proves there who one is. */
export interface TemporalEndpoint {
  /** Host and port. */
  readonly address: string;
  /** Plain text without it. */
  readonly tls?: TLSConfig;
  readonly apiKey?: string;
}

export interface TemporalSettings extends TemporalEndpoint {
  readonly namespace: string;
  /** How values become what Temporal keeps; as the SDK does it where nothing is said. */
  readonly dataConverter?: DataConverter;
}

/** The longest that a call may take: a request must not hang because Temporal does. */
const callDeadlineMs = 5_000;

/** A client that connects when it is first used: Temporal may be away when a process starts. */
export function createTemporalClient({ namespace, dataConverter = {}, ...endpoint }: TemporalSettings): Client {
  const connection = Connection.lazy({ ...endpoint, connectTimeout: callDeadlineMs });
  return new Client({ connection, namespace, dataConverter });
}

/** Runs a call with a deadline; any error of the connection becomes `temporal_unavailable`. Its outcome is then unknown. */
export async function callTemporal<T>(client: Client, what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await client.withDeadline(Date.now() + callDeadlineMs, call);
  } catch (error) {
    if (!isConnectionError(error)) throw error;
    throw new DatabaseError('temporal_unavailable', `could not ${what}: Temporal is unavailable`, {}, { cause: error });
  }
}

/** What says nothing of the request itself. A key that is refused is one that is being changed, or that is not ours yet. */
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
