import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { apiProgram, readApiConfig, readWorkerConfig } from '../../../config/config';
import { newCertificate } from '../../support/certificate';
import { errorOf, good, keysOf } from '../../support/config';

describe('D06 TLS to Temporal', () => {
  let folder: string;
  let [one, other]: { cert: string; key: string }[] = [];
  beforeAll(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'slipway-temporal-'));
    const fileWith = (name: string, text: string) => {
      const file = path.join(folder, name);
      writeFileSync(file, text);
      return file;
    };
    [one, other] = await Promise.all(
      ['one', 'other'].map(async (name) => {
        const { cert, key } = await newCertificate(name);
        return { cert: fileWith(`${name}.pem`, cert), key: fileWith(`${name}.key`, key) };
      }),
    );
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  test('a certificate is given with its key, and neither without the other', () => {
    const [cert, key] = ['TEMPORAL_TLS_CLIENT_CERT_PATH', 'TEMPORAL_TLS_CLIENT_KEY_PATH'];
    const wrong = [{ [cert]: one?.cert }, { [key]: one?.key }, { [cert]: one?.cert, [key]: other?.key }];
    for (const pair of wrong) expect(keysOf(errorOf(() => readApiConfig({ ...good, ...pair })))).toEqual([key]);
    const pair = { [cert]: one?.cert, [key]: one?.key };
    expect(readApiConfig({ ...good, ...pair }).temporal.endpoint.tls?.clientCertPair).toEqual({
      crt: readFileSync(one?.cert ?? ''),
      key: readFileSync(one?.key ?? ''),
    });
    expect(apiProgram.print({ ...good, ...pair })).toContain(`${key}=${one?.key}\n`);
  });

  test('without a word of it Temporal is reached in plain text, and with any word by TLS', () => {
    const endpointOf = (environment: object) => readWorkerConfig({ ...good, ...environment }).temporal.endpoint;
    const address = '127.0.0.1:7233';
    expect(endpointOf({})).toEqual({ address });
    expect(endpointOf({ TEMPORAL_TLS: 'false' })).toEqual({ address });
    expect(endpointOf({ TEMPORAL_TLS: 'true' })).toEqual({ address, tls: {} });
    expect(endpointOf({ TEMPORAL_API_KEY: 'key' })).toEqual({ address, tls: {}, apiKey: 'key' });
    expect(endpointOf({ TEMPORAL_TLS_SERVER_NAME: 'a.example' })).toEqual({
      address,
      tls: { serverNameOverride: 'a.example' },
    });
    expect(endpointOf({ TEMPORAL_TLS_SERVER_CA_CERT_PATH: one?.cert })).toEqual({
      address,
      tls: { serverRootCACertificate: readFileSync(one?.cert ?? '') },
    });
  });

  test('a key is not sent in plain text', () => {
    const environment = { ...good, TEMPORAL_TLS: 'false', TEMPORAL_API_KEY: 'canary-7c1d' };
    const error = errorOf(() => readApiConfig(environment));
    expect(keysOf(error)).toEqual(['TEMPORAL_TLS']);
    expect(error.message).not.toContain('canary-7c1d');
  });
});
