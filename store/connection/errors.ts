import { DatabaseError as ServerError } from 'pg';
import { DatabaseError } from '../../domain/errors';
import { Prisma } from './executor';

/** The driver adapter's names for an unavailable server, or a pool without a free connection. */
const unavailableKinds = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TooManyConnections',
  'TlsConnectionError',
]);

/**
 * Prisma's codes: lost connection (P1xxx), no free connection in time (P2024), no transaction started in time (P2028).
 */
const unavailableCodes = /^P1\d{3}$|^P2024$|^P2028$|^P2037$/;

/**
 * Transient SQLSTATE classes: connection (08), rollback (40), resources (53), intervention such as shutdown or timeout
 * (57).
 */
const passingSqlStates = /^(08|40|53|57)/;

/** The driver's messages for errors without a code. */
const lostConnection =
  /timeout exceeded when trying to connect|Connection terminated|Query read timeout|not queryable|ECONN|EPIPE|ETIMEDOUT/;

/** No connection could be opened. */
export class ConnectionError extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message || String((cause as NodeJS.ErrnoException).code) : String(cause), {
      cause,
    });
  }
}

/** Runs a statement and translates its error to `store_unavailable` when the store is unavailable for now. */
export async function translated<T>(what: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (isUnavailable(error)) {
      throw new DatabaseError(
        'store_unavailable',
        `could not ${what} in the store: ${reasonOf(error)}`,
        {},
        { cause: error },
      );
    }
    throw error;
  }
}

interface AdapterCause {
  readonly kind?: string;
  readonly originalCode?: string;
  readonly originalMessage?: string;
  readonly reason?: string;
  readonly constraint?: { readonly index?: string; readonly fields?: readonly string[] };
}

/** The cause of an error as the driver or its adapter reports it, without Prisma's wrapping. */
function adapterCauseOf(error: unknown): AdapterCause {
  if (error instanceof ServerError) return { originalCode: error.code ?? '', originalMessage: error.message };
  // Errors at the end of a transaction are not wrapped.
  if (error instanceof Error && error.name === 'DriverAdapterError') return (error.cause ?? {}) as AdapterCause;
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return {};
  const adapterError = error.meta?.driverAdapterError as { cause?: AdapterCause } | undefined;
  return adapterError?.cause ?? {};
}

function isUnavailable(error: unknown): boolean {
  if (error instanceof Prisma.PrismaClientInitializationError || error instanceof ConnectionError) return true;
  const { kind = '', originalCode = '' } = adapterCauseOf(error);
  if (unavailableKinds.has(kind) || passingSqlStates.test(originalCode)) return true;
  if (error instanceof Prisma.PrismaClientKnownRequestError && unavailableCodes.test(error.code)) return true;
  return originalCode === '' && error instanceof Error && lostConnection.test(error.message);
}

function reasonOf(error: unknown): string {
  const { kind, originalMessage, reason } = adapterCauseOf(error);
  return (
    originalMessage ??
    reason ??
    kind ??
    (error instanceof Error ? error.message.trim().split('\n').at(-1) : undefined) ??
    'unknown'
  );
}

/** The unique constraint that an error violates; undefined for any other error. */
export function violatedConstraint(error: unknown): string | undefined {
  const { kind, constraint } = adapterCauseOf(error);
  if (kind !== 'UniqueConstraintViolation') return undefined;
  return constraint?.index ?? constraint?.fields?.join(',') ?? '';
}

/** Whether an error violates this foreign key. */
export function violatesForeignKey(error: unknown, name: string): boolean {
  const { kind, constraint } = adapterCauseOf(error);
  return kind === 'ForeignKeyConstraintViolation' && constraint?.index === name;
}
