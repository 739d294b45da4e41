import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { limit, milliseconds, toMs } from '../forms';
import { group } from '../group';
import { certificateFile } from '../pem';
import { setting } from '../setting';

/** Parameters by which a URL would decide about TLS, in libpq's words and the driver's. */
const isTlsParameter = (name: string) => name.startsWith('ssl') || name === 'uselibpqcompat';

const settings = {
  databaseUrl: setting('DATABASE_URL', {
    schema: z
      .url({
        protocol: /^postgres(ql)?$/,
        error: 'expected a URL postgresql://user:password@host:port/database',
      })
      .refine(
        (text) => !URL.canParse(text) || ![...new URL(text).searchParams.keys()].some(isTlsParameter),
        'expected no parameters for TLS such as sslmode: use SLIPWAY_STORE_TLS and SLIPWAY_STORE_TLS_CA_CERT_PATH',
      ),
    description:
      'The database in which Slipway keeps its records: PostgreSQL 15 or later, directly or through PgBouncer. Every start brings its schema up to date. Parameters for TLS (`sslmode`, `sslrootcert` …) are refused: the next two settings take their place.',
    isSecret: true,
    printed: withoutPassword,
  }),
  tlsMode: setting('SLIPWAY_STORE_TLS', {
    schema: z.enum(['disable', 'verify-full']).optional(),
    description:
      'Whether connections to the store use TLS, as libpq’s `sslmode`: `verify-full` verifies the server’s certificate, and that it is for the host of `DATABASE_URL`; `disable` connects without TLS. By default, `verify-full` with a CA certificate and otherwise `disable`, with a warning at startup if the store is on another machine.',
  }),
  authority: setting('SLIPWAY_STORE_TLS_CA_CERT_PATH', {
    schema: certificateFile.optional(),
    description:
      'File with the CA certificates (PEM) that the store’s certificate is verified against, read once at startup. By default, the public CAs that Node.js trusts.',
  }),
  poolMax: setting('SLIPWAY_STORE_POOL_MAX', {
    schema: z.coerce.number().int().min(2).max(200),
    fallback: 10,
    description: 'Maximum number of connections to the store, per process.',
  }),
  connectTimeoutMs: setting('SLIPWAY_STORE_CONNECT_TIMEOUT_MS', {
    schema: milliseconds,
    fallback: 3_000,
    description:
      'How long a request waits for a free or a new connection before it fails with 503, and how long a start waits for one.',
  }),
  idleTimeoutMs: setting('SLIPWAY_STORE_IDLE_TIMEOUT_SECONDS', {
    schema: limit.transform(toMs),
    fallback: 10,
    description: 'How long a connection stays open without use; 0 for ever.',
  }),
  maxLifetimeSeconds: setting('SLIPWAY_STORE_MAX_LIFETIME_SECONDS', {
    schema: limit,
    fallback: 1_800,
    description:
      'Age at which a connection is replaced, once it is free, so that connections follow a failover or a balanced address; 0 for never.',
  }),
  statementTimeoutMs: setting('SLIPWAY_STORE_STATEMENT_TIMEOUT_MS', {
    schema: milliseconds,
    fallback: 10_000,
    description: 'Longest time a statement on the store may run. It is set on the role, for this database.',
  }),
};

export const store = group('Store', settings, {
  rules: [
    {
      reads: ['authority', 'tlsMode'],
      error: 'expected no CA certificate with SLIPWAY_STORE_TLS=disable',
      holds: ({ authority, tlsMode }) => authority === undefined || tlsMode !== 'disable',
    },
  ],
  shape: ({ tlsMode, authority: ca, ...rest }) => {
    const hasTls = tlsMode === 'verify-full' || ca !== undefined;
    return {
      ...rest,
      ...(hasTls && { tls: { ...(ca && { ca }) } }),
      /** Whether statements cross a network in plain text although nobody has chosen that. */
      isExposed: !hasTls && tlsMode === undefined && !isLocal(rest.databaseUrl),
    };
  },
});

/** Whether the server of a URL is on this machine: at a loopback address, or behind a socket in a folder. */
function isLocal(databaseUrl: string): boolean {
  const { hostname, searchParams } = new URL(databaseUrl);
  const host = (searchParams.get('host') ?? decodeURIComponent(hostname)).replace(/^\[(.*)\]$/, '$1');
  if (isIP(host) !== 0) return ipaddr.process(host).range() === 'loopback';
  return host === '' || host === 'localhost' || host.startsWith('/');
}

function withoutPassword(text: string): string {
  const url = new URL(text);
  if (url.password !== '') url.password = '***';
  // A connection string may have it among its parameters, too (PostgreSQL, 32.1.1.2).
  for (const name of ['password', 'sslpassword']) if (url.searchParams.has(name)) url.searchParams.set(name, '***');
  return url.href;
}
