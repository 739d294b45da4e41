import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { hostAndPort, rule } from './fields';

// Where Temporal is, and how one proves there who one is.

/** The contents of a file that a setting names, read when the configuration is, and checked for what it should be. */
const pemFile = (what: string, parse: (pem: Buffer) => unknown) =>
  z.string().transform((file, context) => {
    try {
      const pem = readFileSync(file);
      parse(pem);
      return pem;
    } catch (error) {
      const { syscall, code } = error as NodeJS.ErrnoException;
      const reason = syscall === undefined ? 'has none' : `cannot be read (${code})`;
      context.addIssue(`expected the path of ${what} in PEM: ${file} ${reason}`);
      return z.NEVER;
    }
  });

const certificateFile = pemFile('a certificate', (pem) => new X509Certificate(pem));

/** The names are those of Temporal's own programs (its "environment configuration"). */
export const temporal = {
  TEMPORAL_ADDRESS: hostAndPort.default('127.0.0.1:7233'),
  TEMPORAL_NAMESPACE: z.string().min(1).default('slipway'),
  TEMPORAL_TLS: z.stringbool().optional(),
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: certificateFile.optional(),
  TEMPORAL_TLS_SERVER_NAME: z.string().min(1).optional(),
  TEMPORAL_TLS_CLIENT_CERT_PATH: certificateFile.optional(),
  TEMPORAL_TLS_CLIENT_KEY_PATH: pemFile('a private key', createPrivateKey).optional(),
  TEMPORAL_API_KEY: z.string().min(1).optional(),
};

const temporalSchema = z.object(temporal);
export type TemporalConfig = z.output<typeof temporalSchema>;

/** A certificate of ours proves nothing without its key. */
export const clientCertificateWhole = rule(
  'TEMPORAL_TLS_CLIENT_KEY_PATH',
  'expected the key of the certificate in TEMPORAL_TLS_CLIENT_CERT_PATH, and neither without the other',
  ({ TEMPORAL_TLS_CLIENT_CERT_PATH: certificate, TEMPORAL_TLS_CLIENT_KEY_PATH: key }: TemporalConfig) =>
    certificate === undefined || key === undefined
      ? certificate === key
      : new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key)),
);

/** What is to be kept from others goes to Temporal by TLS. */
export const temporalKeyKept = rule(
  'TEMPORAL_TLS',
  'expected true, or nothing, with TEMPORAL_API_KEY or TEMPORAL_TLS_CLIENT_CERT_PATH',
  (config: TemporalConfig) =>
    config.TEMPORAL_TLS !== false ||
    (config.TEMPORAL_API_KEY === undefined && config.TEMPORAL_TLS_CLIENT_CERT_PATH === undefined),
);
