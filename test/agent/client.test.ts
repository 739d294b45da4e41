import { once } from 'node:events';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createHostAgent, type HostAgent } from '../../agent/client';
import { anyPort, newAgentKey, startTestAgent } from '../support/agent';
import { newCertificate } from '../support/certificate';
import { startTcpProxy, type TcpProxySettings } from '../support/tcp-proxy';

const agentKey = newAgentKey();
const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** The API, of which a host's worker has registered under this address. */
function apiTo(port: number): HostAgent {
  const api = createHostAgent(async () => `https://127.0.0.1:${port}`, agentKey);
  cleanUps.push(() => api.close());
  return api;
}

async function listening(server: Server): Promise<number> {
  server.listen(anyPort);
  await once(server, 'listening');
  cleanUps.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

const instance = { hostId: 'h1', tenantId: 'tenant-x', databaseId: 'database-y', instanceName: 'primary' };
const notOurs = {
  code: 'backend_unavailable',
  message: 'the worker of host h1 has a different secret key, or something else is listening at its address',
};

test.each([
  { does: 'answers in another language', answer: (socket: Socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n') },
  { does: 'hangs up', answer: (socket: Socket) => socket.end() },
  { does: 'cuts the connection', answer: (socket: Socket) => socket.resetAndDestroy() },
])('who listens where a worker was, and $does, learns neither the key nor what is asked', async ({ answer }) => {
  const heard: Buffer[] = [];
  const impostor = createServer((socket) => {
    socket
      .on('error', () => undefined)
      .on('data', (chunk) => heard.push(chunk))
      .once('data', () => answer(socket));
  });
  const api = apiTo(await listening(impostor));
  await expect(api.logs({ ...instance, tail: 5 })).rejects.toMatchObject(notOurs);
  await expect(api.followLogs(instance, new AbortController().signal)).rejects.toMatchObject(notOurs);
  const all = Buffer.concat(heard);
  expect(all.length).toBeGreaterThan(100);
  for (const text of ['GET', 'logs', 'tenant', 'database', 'primary', 'slipway', 'authorization']) {
    expect(all.includes(text)).toBe(false);
  }
  for (const form of [
    agentKey,
    agentKey.toString('base64'),
    agentKey.toString('base64url'),
    agentKey.toString('hex'),
  ]) {
    expect(all.includes(form)).toBe(false);
  }
});

test('who listens there and says nothing is given up, with the reason', async () => {
  const impostor = createServer((socket) => socket.on('error', () => undefined).resume());
  const api = apiTo(await listening(impostor));
  const reason = { code: 'backend_unavailable', message: 'the worker of host h1 did not respond' };
  await expect(api.state('h1')).rejects.toMatchObject(reason);
});

test.each([
  { who: 'a worker with another secret key', own: { pskCallback: () => newAgentKey() } },
  { who: 'a server with a certificate', own: {} },
])('$who is told from one that is away, and is asked nothing', async ({ own }) => {
  const asked = jest.fn();
  const other = createTlsServer(
    { ...(await newCertificate('localhost')), ciphers: 'ALL', maxVersion: 'TLSv1.2', ...own },
    (_request, response) => {
      asked();
      response.end('{}');
    },
  );
  const api = apiTo(await listening(other));
  await expect(api.state('h1')).rejects.toMatchObject(notOurs);
  expect(asked).not.toHaveBeenCalled();
});

test('a worker that is away did not answer', async () => {
  const server = createServer();
  const port = await listening(server);
  server.close();
  await once(server, 'close');
  const reason = { code: 'backend_unavailable', message: 'the worker of host h1 did not respond' };
  await expect(apiTo(port).usage(instance)).rejects.toMatchObject(reason);
});

describe('the connection to a worker', () => {
  async function startWay(judgeOf: TcpProxySettings['newJudge'] = () => () => 'pass') {
    let connections = 0;
    const agent = await startTestAgent({ agentKey });
    cleanUps.push(() => agent.close());
    const newJudge = () => {
      connections += 1;
      return judgeOf();
    };
    const { hostname: host, port } = new URL(agent.url);
    const way = await startTcpProxy({ host, port: Number(port), newJudge });
    cleanUps.push(() => way.close());
    return { api: apiTo(way.port), way, connections: () => connections };
  }

  const closed = { breaker: { state: 'closed' } };

  test('serves the next read too, and is made anew when it was cut', async () => {
    const { api, way, connections } = await startWay();
    for (let read = 0; read < 20; read += 1) expect(await api.state('h1')).toMatchObject(closed);
    expect(connections()).toBe(1);
    way.cut();
    await expect(api.state('h1')).rejects.toMatchObject({ code: 'backend_unavailable' });
    way.mend();
    expect(await api.state('h1')).toMatchObject(closed);
    expect(connections()).toBe(2);
  });

  test('may end in the moment in which it is used again: the read is repeated', async () => {
    let isEnding = false;
    const { api, connections } = await startWay(() => () => {
      const verdict = isEnding ? 'cut' : 'pass';
      isEnding = false;
      return verdict;
    });
    await api.state('h1');
    isEnding = true;
    expect(await api.state('h1')).toMatchObject(closed);
    expect(connections()).toBe(2);
  });
});
