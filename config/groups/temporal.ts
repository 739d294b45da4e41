import { createPrivateKey, X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { hostAndPort, name } from '../forms';
import { group } from '../group';
import { certificateFile, pemFile } from '../pem';
import { setting } from '../setting';

/** `TEMPORAL_…` are the names that Temporal's own programs use (its "environment configuration"). */
export const temporal = group(
  'Temporal',
  {
    address: setting('TEMPORAL_ADDRESS', {
      schema: hostAndPort,
      fallback: '127.0.0.1:7233',
      description: 'Temporal’s frontend, `host:port`.',
    }),
    namespace: setting('TEMPORAL_NAMESPACE', {
      schema: name,
      fallback: 'slipway',
      description: 'The namespace of Slipway’s workflows. It must exist, with its search attributes.',
    }),
    isTls: setting('TEMPORAL_TLS', {
      schema: z.stringbool().optional(),
      description:
        'Whether to connect with TLS (`true`, `false`). By default, TLS is used if any other TLS setting or an API key is set.',
    }),
    authority: setting('TEMPORAL_TLS_SERVER_CA_CERT_PATH', {
      schema: certificateFile.optional(),
      description:
        'File with the CA certificate (PEM) that Temporal’s certificate is verified against. By default, the CAs that the system trusts. Certificate and key files are read once, at startup.',
    }),
    serverName: setting('TEMPORAL_TLS_SERVER_NAME', {
      schema: name.optional(),
      description: 'The name that Temporal’s certificate must have. By default, the host of `TEMPORAL_ADDRESS`.',
    }),
    certificate: setting('TEMPORAL_TLS_CLIENT_CERT_PATH', {
      schema: certificateFile.optional(),
      description: 'File with the client certificate (PEM) that Slipway presents to Temporal (mTLS).',
    }),
    key: setting('TEMPORAL_TLS_CLIENT_KEY_PATH', {
      schema: pemFile('a private key', createPrivateKey).optional(),
      description: 'File with the private key (PEM) of the client certificate.',
    }),
    apiKey: setting('TEMPORAL_API_KEY', {
      schema: name.optional(),
      description: 'API key for Temporal, such as one from Temporal Cloud.',
      isSecret: true,
    }),
    taskQueue: setting('SLIPWAY_TASK_QUEUE', {
      schema: name,
      fallback: 'slipway',
      description: 'The task queue for records and planning. API and workers of an installation must use the same one.',
    }),
    isEncrypted: setting('SLIPWAY_TEMPORAL_ENCRYPT_PAYLOADS', {
      schema: z.stringbool(),
      fallback: false,
      description:
        'Whether to encrypt the data that Temporal stores about workflows (`true`, `false`). The Web UI then shows names and times but no contents. API and workers must have the same value.',
    }),
    uiUrl: setting('SLIPWAY_TEMPORAL_UI_URL', {
      schema: z.url(),
      fallback: 'http://127.0.0.1:8233',
      description: 'Public URL of Temporal’s Web UI, for links to workflow runs.',
    }),
  },
  {
    rules: [
      {
        reads: ['key', 'certificate'],
        error: 'expected the key of the certificate in TEMPORAL_TLS_CLIENT_CERT_PATH, and neither without the other',
        holds: ({ key, certificate }) =>
          certificate === undefined || key === undefined
            ? certificate === key
            : new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key)),
      },
      {
        // Credentials are never sent in plain text.
        reads: ['isTls', 'apiKey', 'certificate'],
        error: 'expected true, or nothing, with TEMPORAL_API_KEY or TEMPORAL_TLS_CLIENT_CERT_PATH',
        holds: ({ isTls, apiKey, certificate }) =>
          isTls !== false || (apiKey === undefined && certificate === undefined),
      },
    ],
    shape: ({ address, isTls, authority, serverName, certificate: crt, key, apiKey, ...rest }) => {
      const { namespace, taskQueue, isEncrypted, uiUrl } = rest;
      const isImplied = [authority, serverName, crt, apiKey].some((value) => value !== undefined);
      const tls = {
        ...(authority && { serverRootCACertificate: authority }),
        ...(serverName && { serverNameOverride: serverName }),
        ...(crt && key && { clientCertPair: { crt, key } }),
      };
      const endpoint = { address, ...((isTls ?? isImplied) && { tls, ...(apiKey && { apiKey }) }) };
      return { endpoint, namespace, taskQueue, isEncrypted, ui: { url: uiUrl, namespace } };
    },
  },
);
