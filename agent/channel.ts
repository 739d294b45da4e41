import { constants, createHmac } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';

/** The key by which API and workers authenticate each other; all derive it from the installation's secret key. */
export function agentKeyOf(secretKey: Buffer): Buffer {
  return createHmac('sha256', secretKey).update('slipway host agent, pre-shared key').digest();
}

/**
 * TLS with a pre-shared key (RFC 4279). Its cipher suite adds an ephemeral key exchange, so that recorded traffic stays
 * unreadable if the key leaks (RFC 5489, RFC 7905). Neither side sends data before the other has proved that it has the
 * key, and there are no certificates to manage. Not TLS 1.3: Node does not support pre-shared keys there.
 */
export const handshake = {
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.2',
  ciphers: 'ECDHE-PSK-CHACHA20-POLY1305',
  // A session ticket would contain the secret of its connection, under a long-lived key.
  secureOptions: constants.SSL_OP_NO_TICKET,
} as const satisfies SecureContextOptions;

/** Idle time before keep-alive probes: a machine that has died does not close its connections. */
export const probeAfterMs = 10_000;
