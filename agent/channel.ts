import { constants, createHmac } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';

/** The key that API and workers prove to each other that they have; all derive it from the installation's secret key. */
export function agentKeyOf(secretKey: Buffer): Buffer {
  return createHmac('sha256', secretKey).update('slipway host agent, pre-shared key').digest();
}

/**
 * TLS with a pre-shared key (RFC 4279), by the suite that adds a key exchange of its own, so that what was recorded stays
 * closed when the key leaks (RFC 5489, RFC 7905). Neither end says anything before the other has proved that it has the
 * key, and no certificate has to be kept. Not TLS 1.3: Node takes no pre-shared keys there.
 */
export const handshake = {
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.2',
  ciphers: 'ECDHE-PSK-CHACHA20-POLY1305',
  // A ticket would hold the secret of its connection, under a key that is kept for long.
  secureOptions: constants.SSL_OP_NO_TICKET,
} as const satisfies SecureContextOptions;

/** After this silence the other end is asked whether it is there: a machine that is gone cannot say so. */
export const probeAfterMs = 10_000;
