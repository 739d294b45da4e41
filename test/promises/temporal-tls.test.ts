import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readApiConfig } from '../../config/config';
import { memoryHost } from '../../dev/memory-host';
import { openTemporal } from '../../process/connect';
import { type Authority, newAuthority } from '../support/certificate';
import { required } from '../support/database';
import { eventually } from '../support/eventually';
import { type Slipway, startSlipway, testEnvironment } from '../support/slipway';
import { startTemporalGateway, type TemporalGateway } from '../support/temporal-gateway';
import { newDatabase } from '../support/verbs';

const apiKey = 'canary-of-temporal-51f0';

let folder: string;
let authority: Authority;
let stranger: Authority;
let gateway: TemporalGateway;
/** What a Slipway is told that is let in. */
let env: Record<string, string>;

async function fileOf(name: string, contents: string): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, contents);
  return file;
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slipway-temporal-tls-'));
  [authority, stranger] = [await newAuthority(), await newAuthority()];
  gateway = await startTemporalGateway({
    address: required('TEMPORAL_ADDRESS'),
    certificate: await authority.issue('temporal.example'),
    clients: authority,
    apiKey,
  });
  const { cert, key } = await authority.issue('slipway.example');
  env = {
    TEMPORAL_ADDRESS: `127.0.0.1:${gateway.port}`,
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: await fileOf('ca.pem', authority.cert),
    TEMPORAL_TLS_SERVER_NAME: 'temporal.example',
    TEMPORAL_TLS_CLIENT_CERT_PATH: await fileOf('cert.pem', cert),
    TEMPORAL_TLS_CLIENT_KEY_PATH: await fileOf('key.pem', key),
    TEMPORAL_API_KEY: apiKey,
  };
});
afterAll(async () => {
  await gateway?.close();
  await Promise.all([authority?.remove(), stranger?.remove()]);
  await rm(folder, { recursive: true, force: true });
});

describe('a Temporal that wants TLS, a certificate and a key', () => {
  let slipway: Slipway;
  beforeAll(async () => {
    slipway = await startSlipway({ ports: memoryHost(), env });
  });
  afterAll(() => slipway?.stop());

  test('is reached by API and worker', async () => {
    const before = gateway.passed();
    await eventually(async () => expect((await slipway.api.raw('/readyz')).status).toBe(200));
    const { operation } = await slipway.api.succeeded('POST', '/v1/databases', newDatabase());
    expect(operation).toMatchObject({ kind: 'create', state: 'succeeded' });
    expect(gateway.passed()).toBeGreaterThan(before);
  });
});

test.each<{ what: string; change: () => Promise<Record<string, string | undefined>> }>([
  {
    what: 'no TLS',
    change: async () => ({ TEMPORAL_TLS: 'false', ...without('CLIENT_CERT', 'CLIENT_KEY', 'API_KEY') }),
  },
  { what: 'no certificate', change: async () => without('CLIENT_CERT', 'CLIENT_KEY') },
  { what: 'a certificate of somebody else', change: () => ownOf(stranger) },
  { what: 'no key', change: async () => without('API_KEY') },
  { what: 'another key', change: async () => ({ TEMPORAL_API_KEY: 'another' }) },
  { what: 'another name in mind', change: async () => ({ TEMPORAL_TLS_SERVER_NAME: 'elsewhere.example' }) },
  {
    what: 'trust in another authority',
    change: async () => ({ TEMPORAL_TLS_SERVER_CA_CERT_PATH: await fileOf('other.pem', stranger.cert) }),
  },
])('who comes with $what is told that Temporal is not reached, and shows nobody the key', async ({ change }) => {
  const config = readApiConfig({ ...testEnvironment({ url: required('DATABASE_URL') }), ...env, ...(await change()) });
  const { client, runs } = openTemporal(config, { workers: { liveBuilds: async () => [] } });
  const passed = gateway.passed();
  try {
    const error = await runs.current('unknown').catch((error: unknown) => error as Error);
    expect(error).toMatchObject({ code: 'temporal_unavailable' });
    for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
      expect(`${cause.stack} ${JSON.stringify(cause)}`).not.toContain(apiKey);
    }
  } finally {
    await client.connection.close();
  }
  expect(gateway.passed()).toBe(passed);
});

function without(...names: readonly string[]): Record<string, undefined> {
  const keys = Object.keys(env).filter((key) => names.some((name) => key.includes(name)));
  return Object.fromEntries(keys.map((key) => [key, undefined]));
}

async function ownOf(other: Authority): Promise<Record<string, string>> {
  const { cert, key } = await other.issue('slipway.example');
  return {
    TEMPORAL_TLS_CLIENT_CERT_PATH: await fileOf('other-cert.pem', cert),
    TEMPORAL_TLS_CLIENT_KEY_PATH: await fileOf('other-key.pem', key),
  };
}
