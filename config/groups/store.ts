import { z } from 'zod';
import { milliseconds } from '../forms';
import { group } from '../group';
import { setting } from '../setting';

export const store = group('Store', {
  databaseUrl: setting('DATABASE_URL', {
    schema: z.url({
      protocol: /^postgres(ql)?$/,
      error: 'expected a URL postgresql://user:password@host:port/database',
    }),
    description:
      'The database in which Slipway keeps its records: PostgreSQL 15 or later, directly or through PgBouncer. Every start brings its schema up to date.',
    isSecret: true,
    printed: withoutPassword,
  }),
  poolMax: setting('SLIPWAY_STORE_POOL_MAX', {
    schema: z.coerce.number().int().min(2).max(200),
    fallback: 10,
    description: 'Maximum number of connections to the store, per process.',
  }),
  connectTimeoutMs: setting('SLIPWAY_STORE_CONNECT_TIMEOUT_MS', {
    schema: milliseconds,
    fallback: 3_000,
    description: 'How long a request waits for a free connection before it fails with 503.',
  }),
  statementTimeoutMs: setting('SLIPWAY_STORE_STATEMENT_TIMEOUT_MS', {
    schema: milliseconds,
    fallback: 10_000,
    description: 'Longest time a statement on the store may run. It is set on the role, for this database.',
  }),
});

function withoutPassword(text: string): string {
  const url = new URL(text);
  if (url.password !== '') url.password = '***';
  // A connection string may have it among its parameters, too (PostgreSQL, 32.1.1.2).
  for (const name of ['password', 'sslpassword']) if (url.searchParams.has(name)) url.searchParams.set(name, '***');
  return url.href;
}
