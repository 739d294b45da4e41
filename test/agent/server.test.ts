import { once } from 'node:events';
import { get as getPlain } from 'node:http';
import { get, type RequestOptions } from 'node:https';
import { type AddressInfo, connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { PassThrough } from 'node:stream';
import { pino } from 'pino';
import { createHostAgent, type HostAgent } from '../../agent/client';
import type { AgentServer, AgentSettings } from '../../agent/server';
import { freePort } from '../../dev/stack/ports';
import { anyPort, newAgentKey, ownAddress, startTestAgent } from '../support/agent';

const agentKey = newAgentKey();
const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function started(settings: Partial<AgentSettings> = {}): Promise<AgentServer> {
  const agent = await startTestAgent({ agentKey, ...settings });
  cleanUps.push(() => agent.close());
  return agent;
}

/** The API, of which a host's worker has registered under this address. */
function apiTo(url: string): HostAgent {
  const api = createHostAgent(async () => url, agentKey);
  cleanUps.push(() => api.close());
  return api;
}

const suite = {
  ciphers: 'ECDHE-PSK-CHACHA20-POLY1305',
  maxVersion: 'TLSv1.2',
  checkServerIdentity: () => undefined,
} as const;
const withKey = (psk: Buffer, identity = 'slipway') => ({ ...suite, pskCallback: () => ({ psk, identity }) });

test('an agent answers those alone who prove that they have the key of the installation', async () => {
  const { url } = await started();
  const strangers: RequestOptions[] = [
    { rejectUnauthorized: false },
    { rejectUnauthorized: false, maxVersion: 'TLSv1.2' },
    { rejectUnauthorized: false, maxVersion: 'TLSv1.2', ciphers: 'ALL:@SECLEVEL=0' },
    withKey(newAgentKey()),
    withKey(agentKey.subarray(1)),
    withKey(Buffer.concat([agentKey, Buffer.alloc(1)])),
  ];
  const answered = (options: RequestOptions) =>
    new Promise((resolve, reject) => {
      get(`${url}/state`, { agent: false, ...options }, (answer) => resolve(answer.resume().statusCode)).on(
        'error',
        reject,
      );
    });
  for (const options of strangers) {
    await expect(answered(options)).rejects.toThrow(/alert|ECONNRESET|disconnected/);
  }
  const plain = getPlain(`${url.replace('https', 'http')}/state`);
  await expect(once(plain, 'response')).rejects.toThrow(/hang up|ECONNRESET/);
  expect(await answered(withKey(agentKey))).toBe(200);
});

const hasIpv6 = Object.values(networkInterfaces()).some((addresses = []) =>
  addresses.some(({ address }) => address === '::1'),
);

test.each([
  ...[
    { title: 'loopback', host: '127.0.0.1', name: '127.0.0.1' },
    { title: 'another address than loopback', host: ownAddress(), name: ownAddress() },
    { title: 'a name', host: 'localhost', name: 'localhost' },
  ],
  ...(hasIpv6 ? [{ title: 'an address of IPv6', host: '::1', name: '[::1]' }] : []),
])('an agent is reached where it listens: by $title', async ({ host, name }) => {
  const agent = await started({ listen: { host, port: 0 } });
  expect(new URL(agent.url)).toMatchObject({
    protocol: 'https:',
    hostname: name,
    port: expect.stringMatching(/^\d+$/),
  });
  expect(await apiTo(agent.url).state('h1')).toMatchObject({ breaker: { state: 'closed' } });
});

test('an agent that listens on every address says where it is reached as it was told', async () => {
  const port = await freePort();
  const url = `https://${ownAddress()}:${port}`;
  const agent = await started({ listen: { host: '0.0.0.0', port }, url });
  expect(agent.url).toBe(url);
  expect(await apiTo(url).state('h1')).toMatchObject({ breaker: { state: 'closed' } });
});

test('an agent whose port is in use says which, and one that cannot have its address why', async () => {
  const other = createServer().listen(anyPort);
  await once(other, 'listening');
  cleanUps.push(() => other.close());
  const { port } = other.address() as AddressInfo;
  await expect(started({ listen: { ...anyPort, port } })).rejects.toMatchObject({
    code: 'port_taken',
    message: `cannot listen for the API on 127.0.0.1, port ${port} (SLIPWAY_AGENT_ADDRESS): EADDRINUSE`,
  });
  await expect(started({ listen: { host: '192.0.2.1', port } })).rejects.toThrow(/192\.0\.2\.1.+EADDRNOTAVAIL/);
});

/** A connection to an agent that says nothing, and the agent's reason for ending it. */
async function startStranger() {
  const lines = new PassThrough({ encoding: 'utf8' });
  const agent = await startTestAgent({ agentKey, logger: pino(lines) });
  const stranger = connect(Number(new URL(agent.url).port), '127.0.0.1').on('error', () => undefined);
  await once(stranger, 'connect');
  const reason = once(stranger.resume(), 'close').then(() => String(lines.read()));
  return { agent, reason };
}

test('who connects and proves nothing is cut off', async () => {
  const { agent, reason } = await startStranger();
  cleanUps.push(() => agent.close());
  expect(await reason).toMatch(/ERR_TLS_HANDSHAKE_TIMEOUT/);
});

test('an agent ends though a stranger holds a connection, and the API another', async () => {
  const { agent, reason } = await startStranger();
  await apiTo(agent.url).state('h1');
  await agent.close();
  expect(await reason).not.toMatch(/ERR_TLS_HANDSHAKE_TIMEOUT/);
});
