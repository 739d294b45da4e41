import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readApiConfig } from '../../../config/config';
import { newCertificate } from '../../support/certificate';
import { errorOf, good } from '../../support/config';

let folder: string;
let authority: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'slipway-store-'));
  authority = path.join(folder, 'ca.pem');
  writeFileSync(authority, (await newCertificate('authority')).cert);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const storeOf = (environment: object) => readApiConfig({ ...good, ...environment }).store;

test('TLS to the store is off by default, and on with verify-full or a CA certificate', () => {
  expect(storeOf({})).not.toHaveProperty('tls');
  expect(storeOf({ SLIPWAY_STORE_TLS: 'disable' })).not.toHaveProperty('tls');
  expect(storeOf({ SLIPWAY_STORE_TLS: 'verify-full' }).tls).toEqual({});
  const withAuthority = { SLIPWAY_STORE_TLS_CA_CERT_PATH: authority };
  expect(storeOf(withAuthority).tls).toEqual({ ca: readFileSync(authority) });
  expect(storeOf({ ...withAuthority, SLIPWAY_STORE_TLS: 'verify-full' }).tls).toEqual({ ca: readFileSync(authority) });
});

test.each([
  { SLIPWAY_STORE_TLS: 'require' },
  { SLIPWAY_STORE_TLS: 'verify-ca' },
  { SLIPWAY_STORE_TLS_CA_CERT_PATH: '/not/there.pem' },
  { SLIPWAY_STORE_TLS_CA_CERT_PATH: __filename },
])('%j is refused', (environment) => {
  const [name] = Object.keys(environment);
  expect(errorOf(() => storeOf(environment)).errors).toEqual([expect.stringMatching(`^${name}: `)]);
});

test('a CA certificate without TLS is refused', () => {
  const environment = { SLIPWAY_STORE_TLS: 'disable', SLIPWAY_STORE_TLS_CA_CERT_PATH: authority };
  expect(errorOf(() => storeOf(environment)).errors).toEqual([
    'SLIPWAY_STORE_TLS_CA_CERT_PATH: expected no CA certificate with SLIPWAY_STORE_TLS=disable',
  ]);
});

test.each(['sslmode=verify-full', 'sslmode=disable', 'ssl=true', 'sslrootcert=/ca.pem', 'uselibpqcompat=true'])(
  'the URL of the store does not decide about TLS: %s is refused, with the settings that do',
  (parameter) => {
    const DATABASE_URL = `postgresql://slipway:canary-1@db.example:5432/slipway?application_name=a&${parameter}`;
    const { errors, message } = errorOf(() => storeOf({ DATABASE_URL }));
    expect(errors).toEqual([expect.stringMatching(/^DATABASE_URL: .* use SLIPWAY_STORE_TLS and /)]);
    expect(message).not.toContain('canary-1');
  },
);

test.each([
  { host: 'db.example:5432', isExposed: true },
  { host: '10.0.0.7', isExposed: true },
  { host: '[fd12::7]:5432', isExposed: true },
  { host: 'localhost:5432', isExposed: false },
  { host: '127.0.0.1', isExposed: false },
  { host: '127.8.0.1', isExposed: false },
  { host: '[::1]:5432', isExposed: false },
  { host: '%2Fvar%2Frun%2Fpostgresql', isExposed: false },
])('a store at $host without any setting for TLS is exposed: $isExposed', ({ host, isExposed }) => {
  const DATABASE_URL = `postgresql://slipway@${host}/slipway`;
  expect(storeOf({ DATABASE_URL }).isExposed).toBe(isExposed);
  for (const mode of ['disable', 'verify-full']) {
    expect(storeOf({ DATABASE_URL, SLIPWAY_STORE_TLS: mode }).isExposed).toBe(false);
  }
});

test('a socket in a folder, as a parameter, is on this machine', () => {
  expect(storeOf({ DATABASE_URL: 'postgresql://db.example/slipway?host=/var/run/postgresql' }).isExposed).toBe(false);
});
