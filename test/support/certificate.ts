import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
const openssl = (...args: readonly string[]) => promisify(execFile)('openssl', args);

/** A certificate for a name, and its key. If it is self-signed, trusting it trusts no other certificate. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export async function newCertificate(name: string): Promise<Certificate> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-certificate-'));
  try {
    const [cert, key] = [path.join(folder, 'cert.pem'), path.join(folder, 'key.pem')];
    const who = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
    await openssl('req', '-x509', ...newKey, '-days', '2', ...who, '-keyout', key, '-out', cert);
    return { cert: await readFile(cert, 'utf8'), key: await readFile(key, 'utf8') };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A certificate authority, such as a company has. */
export interface Authority {
  readonly cert: string;
  /** Issues a certificate for a name, valid for servers and clients. */
  issue(name: string): Promise<Certificate>;
  remove(): Promise<void>;
}

export async function newAuthority(): Promise<Authority> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slipway-authority-'));
  const file = (name: string) => path.join(folder, name);
  await openssl(
    ...['req', '-x509', ...newKey, '-days', '2', '-subj', '/CN=authority'],
    ...['-keyout', file('ca.key'), '-out', file('ca.pem')],
  );
  return {
    cert: await readFile(file('ca.pem'), 'utf8'),

    async issue(name) {
      await writeFile(file('extensions'), `subjectAltName=DNS:${name}\nbasicConstraints=critical,CA:FALSE\n`);
      await openssl('req', ...newKey, '-subj', `/CN=${name}`, '-keyout', file('own.key'), '-out', file('request'));
      await openssl(
        ...['x509', '-req', '-in', file('request'), '-CA', file('ca.pem'), '-CAkey', file('ca.key')],
        ...['-CAcreateserial', '-days', '2', '-extfile', file('extensions'), '-out', file('own.pem')],
      );
      return { cert: await readFile(file('own.pem'), 'utf8'), key: await readFile(file('own.key'), 'utf8') };
    },

    remove: () => rm(folder, { recursive: true }),
  };
}
