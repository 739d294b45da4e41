import type { ClientConfig } from 'pg';
import { DatabaseError } from '../../domain/errors';

/** Where the store is, and how connections to it are encrypted. */
export interface Endpoint {
  readonly databaseUrl: string;
  /** Without it connections are not encrypted. */
  readonly tls?: StoreTls;
}

/** TLS with a verified certificate, which must be for the host of the URL (libpq’s `verify-full`). */
export interface StoreTls {
  /** CA certificates in PEM; the public CAs if absent. */
  readonly ca?: Buffer;
}

/** What every connection to the store has in common. Always explicit, as the driver would otherwise read PGSSLMODE. */
export function connectionOf({ databaseUrl, tls }: Endpoint): Pick<ClientConfig, 'connectionString' | 'ssl'> {
  return { connectionString: databaseUrl, ssl: tls === undefined ? false : { ...tls, rejectUnauthorized: true } };
}

/** The driver's errors and the server's that only another setting can mend, and the setting. */
const refusals: readonly { readonly setting: string; readonly fits: (error: ConnectError) => boolean }[] = [
  { setting: 'DATABASE_URL', fits: ({ code }) => code === 'ERR_TLS_CERT_ALTNAME_INVALID' },
  { setting: 'SLIPWAY_STORE_TLS', fits: ({ message }) => message === 'The server does not support SSL connections' },
  { setting: 'SLIPWAY_STORE_TLS', fits: ({ code, message }) => code === '28000' && message.endsWith('no encryption') },
  // The results of X.509 verification (Node.js, "X509 certificate error codes").
  {
    setting: 'SLIPWAY_STORE_TLS_CA_CERT_PATH',
    fits: ({ code = '' }) => /_CERT|^CERT_|LEAF_SIGNATURE|^INVALID_(CA|PURPOSE)$/.test(code),
  },
];

interface ConnectError {
  readonly code?: string;
  readonly message: string;
}

/** The refusal of a connection that no retry can mend, with the setting to look at; undefined for any other error. */
export function tlsRefusalOf(error: unknown): DatabaseError | undefined {
  const { code = '', message = '' } = Object(error) as Partial<ConnectError>;
  const refusal = refusals.find(({ fits }) => fits({ code, message }));
  if (refusal === undefined) return undefined;
  const text = `the connection to the store is refused (${refusal.setting}): ${message}`;
  return new DatabaseError('internal', text, {}, { cause: error });
}
