import { PrismaPg } from '@prisma/adapter-pg';
import { Prisma, PrismaClient } from './generated/client';

/** A client, or one transaction of it: what a repository's statement runs on. */
export type Executor = Omit<PrismaClient, '$connect' | '$disconnect' | '$on' | '$use' | '$extends' | '$transaction'>;

export interface StoreSettings {
  readonly databaseUrl: string;
  readonly poolMax: number;
  /** How long a request waits for a free connection before it is `store_unavailable`. */
  readonly connectTimeoutMs: number;
}

/**
 * Connects lazily: the store may be away when a process starts. Statements are unnamed and no session state is used,
 * so that the pool may sit behind PgBouncer in transaction mode.
 */
export function createClient({ databaseUrl, poolMax, connectTimeoutMs }: StoreSettings): PrismaClient {
  const adapter = new PrismaPg(
    { connectionString: databaseUrl, max: poolMax, connectionTimeoutMillis: connectTimeoutMs, keepAlive: true },
    // Without a listener, a connection that is lost while idle would end the process; the next query reports it.
    { onPoolError: () => undefined, onConnectionError: () => undefined },
  );
  return new PrismaClient({
    adapter,
    errorFormat: 'minimal',
    transactionOptions: { maxWait: connectTimeoutMs, timeout: 10_000 },
  });
}

export { Prisma, type PrismaClient };
