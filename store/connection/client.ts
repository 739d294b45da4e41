import { PrismaPg } from '@prisma/adapter-pg';
import { Pool } from 'pg';
import { PrismaClient } from '../generated/client';
import { createReading, type Reading } from './reading';
import { observedClient, type Statement } from './statements';
import { connectionOf, type Endpoint } from './tls';

export interface StoreSettings extends Endpoint {
  readonly poolMax: number;
  /** How long a request waits for a free connection before it is `store_unavailable`. */
  readonly connectTimeoutMs: number;
  /** How long a connection stays open without use; 0 for ever, and the driver's 10 s by default. */
  readonly idleTimeoutMs?: number;
  /** The age at which a connection is replaced, once it is free; 0, the default, for none. */
  readonly maxLifetimeSeconds?: number;
}

/** This process's current connections to the store. */
export interface PoolLoad {
  readonly open: number;
  readonly idle: number;
  /** Callers that wait for a connection. */
  readonly waiting: number;
  readonly max: number;
  /** The limits in force, as the pool itself has them; 0 for none. */
  readonly limits: {
    readonly connectTimeoutMs: number;
    readonly idleTimeoutMs: number;
    readonly maxLifetimeSeconds: number;
  };
}

export interface StoreClient {
  readonly prisma: PrismaClient;
  readonly reading: Reading;
  pool(): PoolLoad;
  /** Calls `observe` at the end of every statement from now on. */
  observeStatements(observe: (statement: Statement) => void): void;
  /** Resolves when running statements and all connections have ended. */
  close(): Promise<void>;
}

/** How long a transaction, or a read past the ORM, may take, in milliseconds. */
const timeoutMs = 10_000;

/**
 * Connects lazily: the store may be unavailable when a process starts. Statements are unnamed and use no session state,
 * so the pool may sit behind PgBouncer in transaction mode.
 */
export function createClient(settings: StoreSettings): StoreClient {
  const { poolMax, connectTimeoutMs, idleTimeoutMs, maxLifetimeSeconds, ...endpoint } = settings;
  const observers = new Set<(statement: Statement) => void>();
  const pool = new Pool({
    ...connectionOf(endpoint),
    Client: observedClient((statement) => {
      for (const observe of observers) observe(statement);
    }),
    max: poolMax,
    connectionTimeoutMillis: connectTimeoutMs,
    ...(idleTimeoutMs !== undefined && { idleTimeoutMillis: idleTimeoutMs }),
    ...(maxLifetimeSeconds !== undefined && { maxLifetimeSeconds }),
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
    pool: () => loadOf(pool),
    observeStatements: (observe) => {
      observers.add(observe);
    },
    close: () => (closed ??= prisma.$disconnect().then(() => pool.end())),
  };
}

function loadOf({ options, totalCount, idleCount, waitingCount }: Pool): PoolLoad {
  const { max, connectionTimeoutMillis, idleTimeoutMillis, maxLifetimeSeconds } = options;
  const limits = {
    connectTimeoutMs: connectionTimeoutMillis ?? 0,
    idleTimeoutMs: idleTimeoutMillis ?? 0,
    maxLifetimeSeconds: maxLifetimeSeconds ?? 0,
  };
  return { open: totalCount, idle: idleCount, waiting: waitingCount, max, limits };
}
