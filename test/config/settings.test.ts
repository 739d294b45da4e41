import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readApiConfig, readWorkerConfig, shownConfig } from '../../config/config';
import { agentAddressOf, temporalOf } from '../../config/settings';
import { newCertificate } from '../support/certificate';
import { errorOf, good, keysOf } from '../support/config';

describe('D06 TLS to Temporal', () => {
  let folder: string;
  let [one, other]: { cert: string; key: string }[] = [];
  beforeAll(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'slipway-settings-'));
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
    expect(temporalOf(readApiConfig({ ...good, ...pair })).tls?.clientCertPair).toEqual({
      crt: readFileSync(one?.cert ?? ''),
      key: readFileSync(one?.key ?? ''),
    });
    expect(shownConfig(readApiConfig({ ...good, ...pair }))).toContain(`${key}=(set)\n`);
  });

  test('without a word of it Temporal is reached in plain text, and with any word by TLS', () => {
    const endpointOf = (environment: object) => temporalOf(readWorkerConfig({ ...good, ...environment }));
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

describe('where a worker answers the API', () => {
  const addressOf = (environment: object) => agentAddressOf(readWorkerConfig({ ...good, ...environment }));

  test.each([
    { written: '', host: '127.0.0.1', port: 0 },
    { written: '10.0.0.1:7443', host: '10.0.0.1', port: 7443 },
    { written: '[fd00::1]:7443', host: 'fd00::1', port: 7443 },
    { written: 'db-host.example:7443', host: 'db-host.example', port: 7443 },
  ])('"$written" is $host, port $port', ({ written, host, port }) => {
    expect(addressOf({ SLIPWAY_AGENT_ADDRESS: written })).toEqual({ listen: { host, port }, url: undefined });
  });

  test.each(['0.0.0.0:7443', '0:7443', '[::]:7443', '[0:0::0]:0', '[::ffff:0.0.0.0]:7443'])(
    '%s is every address, and needs one by which the API reaches it',
    (SLIPWAY_AGENT_ADDRESS) => {
      const { errors } = errorOf(() => readWorkerConfig({ ...good, SLIPWAY_AGENT_ADDRESS }));
      expect(errors).toEqual([expect.stringMatching(/^SLIPWAY_AGENT_URL: expected where the API reaches the worker/)]);
      const SLIPWAY_AGENT_URL = 'https://10.0.0.1:7443';
      expect(addressOf({ SLIPWAY_AGENT_ADDRESS, SLIPWAY_AGENT_URL }).url).toBe(SLIPWAY_AGENT_URL);
    },
  );
});
