import { PrismaPg } from '@prisma/adapter-pg';
import { Pool } from 'pg';
import { PrismaClient } from '../generated/client';
import { createReading, type Reading } from './reading';
import { connectionOf, type Endpoint } from './tls';

export interface StoreSettings extends Endpoint {
  readonly poolMax: number;
  /** How long a request waits for a free connection before it is `store_unavailable`. */
  readonly connectTimeoutMs: number;
}

/** This process's current connections to the store. */
export interface PoolLoad {
  readonly open: number;
  readonly idle: number;
  /** Callers that wait for a connection. */
  readonly waiting: number;
  readonly max: number;
}

export interface StoreClient {
  readonly prisma: PrismaClient;
  readonly reading: Reading;
  pool(): PoolLoad;
  /** Resolves when running statements and all connections have ended. */
  close(): Promise<void>;
}

/** How long a transaction, or a read past the ORM, may take, in milliseconds. */
const timeoutMs = 10_000;

/**
 * Connects lazily: the store may be unavailable when a process starts. Statements are unnamed and use no session state,
 * so the pool may sit behind PgBouncer in transaction mode.
 */
export function createClient({ poolMax, connectTimeoutMs, ...endpoint }: StoreSettings): StoreClient {
  const pool = new Pool({
    ...connectionOf(endpoint),
    max: poolMax,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    // `Reading` sends statements together.
    pipeline: true,
  });
  // Without a listener, a connection lost while idle would end the process; the next query reports the loss.
  pool.on('error', () => undefined);
  const adapter = new PrismaPg(pool);
  const prisma = new PrismaClient({
    adapter,
    errorFormat: 'minimal',
    transactionOptions: { maxWait: connectTimeoutMs, timeout: timeoutMs },
  });
  let closed: Promise<void> | undefined;
  return {
    prisma,
    reading: createReading(pool, timeoutMs),
    pool: () => ({ open: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount, max: poolMax }),
    close: () => (closed ??= prisma.$disconnect().then(() => pool.end())),
  };
}
