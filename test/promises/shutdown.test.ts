import { once } from 'node:events';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { createDockerBackend } from '../../containers/docker/backend';
import { adminKeyOf } from '../support/admin-key';
import { createTestDatabase, query, type TestDatabase } from '../support/database';
import { readEvents } from '../support/event-stream';
import { eventually } from '../support/eventually';
import { type ApiClient, createApiClient } from '../support/http';
import { type Program, startProgram } from '../support/program';
import { removeEverything, testEnvironment } from '../support/slipway';
import { proxyBefore, startTcpProxy, type TcpProxy, throughProxy } from '../support/tcp-proxy';

let database: TestDatabase;
const programs: Program[] = [];
const cleanUps: (() => unknown)[] = [];

beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  for (const program of programs.splice(0)) {
    program.signal('SIGKILL');
    await program.ended;
  }
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
  await database.drop();
});

function start(file: 'api/main.js' | 'worker.js', changes: Readonly<Record<string, string>> = {}): Program {
  const program = startProgram(file, { ...testEnvironment(database), LOG_LEVEL: 'info', PORT: '0', ...changes });
  programs.push(program);
  return program;
}

interface Api {
  readonly program: Program;
  readonly client: ApiClient;
  readonly port: number;
}

/** The API, listening. */
async function startApi(changes: Readonly<Record<string, string>> = {}): Promise<Api> {
  const key = await adminKeyOf(database.url);
  const program = start('api/main.js', changes);
  const { address } = await program.line(({ msg }) => msg === 'listening');
  const { port } = address as AddressInfo;
  return { program, port, client: createApiClient(`http://127.0.0.1:${port}`, key) };
}

const shuttingDown = (program: Program) => program.line(({ msg }) => msg === 'shutting down');
const create = (name: string) => ({ name, version: '17', size: 'micro' });

async function proxyToStore(): Promise<TcpProxy> {
  const proxy = await proxyBefore(database.url);
  cleanUps.push(proxy.close);
  return proxy;
}

async function proxyToTemporal(): Promise<TcpProxy> {
  const [host = '', port = ''] = (process.env.TEMPORAL_ADDRESS ?? '').split(':');
  const proxy = await startTcpProxy({ host, port: Number(port) });
  cleanUps.push(proxy.close);
  return proxy;
}

/** A connection to speak HTTP on by hand, and all that came back on it. */
async function speak(port: number): Promise<{ readonly socket: Socket; received(): string }> {
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk)).on('error', () => undefined);
  cleanUps.push(() => socket.destroy());
  await once(socket, 'connect');
  return { socket, received: () => Buffer.concat(chunks).toString() };
}

describe('D15 the order of starting', () => {
  test('a store that is away for a moment is waited for; nothing listens before the schema is there', async () => {
    const proxy = await proxyToStore();
    proxy.cut();
    const program = start('api/main.js', { DATABASE_URL: throughProxy(database.url, proxy) });
    await program.line(({ msg }) => msg === 'could not open the store');
    expect(program.output()).not.toContain('listening');
    proxy.mend();
    await program.line(({ msg }) => msg === 'ready');
    const order = program
      .output()
      .split('\n')
      .map((text) => (JSON.parse(text) as { msg: string }).msg)
      .filter((message) => ['migrated the store', 'listening', 'ready'].includes(message));
    expect(order).toEqual(['migrated the store', 'listening', 'ready']);
  });

  test('api and worker give up after their retries, and exit 1', async () => {
    const proxy = await proxyToStore();
    proxy.cut();
    const files = ['api/main.js', 'worker.js'] as const;
    const both = files.map((file) => start(file, { DATABASE_URL: throughProxy(database.url, proxy) }));
    for (const program of both) {
      expect(await program.ended).toBe(1);
      const tries = program.output().match(/could not open the store/g) ?? [];
      expect(tries.length).toBeGreaterThanOrEqual(5);
      expect(tries.length).toBeLessThanOrEqual(20);
      expect(program.output()).toContain('stopping because of an error');
      expect(program.output()).not.toMatch(/listening|"ready"/);
    }
  });

  test.each(['api/main.js', 'worker.js'] as const)(
    'D02 %s is refused a newer schema at once: waiting would not help',
    async (file) => {
      const first = await startApi();
      first.program.signal('SIGTERM');
      expect(await first.program.ended).toBe(0);
      await query(
        database.url,
        `INSERT INTO "_prisma_migrations" (id, checksum, migration_name, finished_at)
       VALUES (gen_random_uuid()::text, repeat('1', 64), '99990101000000_later', now())`,
      );
      const program = start(file);
      expect(await program.ended).toBe(1);
      expect(program.output()).toContain('99990101000000_later is unknown');
      expect(program.output()).not.toMatch(/could not open the store|listening|"ready"/);
    },
  );

  test('a signal while the start is tried again ends it at once, with 0', async () => {
    const proxy = await proxyToStore();
    proxy.cut();
    const program = start('api/main.js', { DATABASE_URL: throughProxy(database.url, proxy) });
    await program.line(({ msg }) => msg === 'could not open the store');
    program.signal('SIGTERM');
    expect(await program.ended).toBe(0);
  });

  test('D06 a configuration that is refused ends with 78 and every error, and shows no secret', async () => {
    const program = start('api/main.js', {
      DATABASE_URL: 'mysql://u:canary-7c1d@127.0.0.1/x',
      SLIPWAY_SECRET_KEY: 'canary-7c1d',
      SLIPWAY_STORE_POOL_MAX: '0',
    });
    expect(await program.ended).toBe(78);
    for (const key of ['DATABASE_URL', 'SLIPWAY_SECRET_KEY', 'SLIPWAY_STORE_POOL_MAX']) {
      expect(program.output()).toContain(`  - ${key}: `);
    }
    expect(program.output()).not.toContain('canary');
  });
});

describe('D11 readiness', () => {
  test('says that both connections are healthy', async () => {
    const { client } = await startApi();
    await eventually(async () => {
      const { status, body } = await client.raw('/readyz');
      expect({ status, body }).toEqual({
        status: 200,
        body: { ready: true, connections: { database: { status: 'healthy' }, temporal: { status: 'healthy' } } },
      });
    });
  });

  test('says which is not: without Temporal the store is healthy, and a create is still accepted', async () => {
    const proxy = await proxyToTemporal();
    const { client } = await startApi({ TEMPORAL_ADDRESS: `127.0.0.1:${proxy.port}` });
    proxy.cut();
    const { status, body } = await client.raw('/readyz');
    expect({ status, body }).toEqual({
      status: 503,
      body: {
        ready: false,
        reason: 'temporal_unhealthy',
        connections: { database: { status: 'healthy' }, temporal: { status: 'unhealthy', error: expect.any(String) } },
      },
    });
    expect((await client.send('POST', '/v1/databases', create('orders'))).status).toBe(202);
    proxy.mend();
    await eventually(async () => expect((await client.raw('/readyz')).status).toBe(200));
  });

  test('D17 while shutting down it says so at once and checks nothing', async () => {
    const { program, port, client } = await startApi();
    // A request that is not finished yet keeps the process; the other's first half keeps its connection.
    const held = await speak(port);
    held.socket.write(
      `POST /v1/databases HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${client.key}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{`,
    );
    const asking = await speak(port);
    asking.socket.write('GET /readyz HTTP/1.1\r\nHost: x\r\n');
    // Answered on the same listener, so both of the others' bytes were read before.
    await client.raw('/livez');
    program.signal('SIGTERM');
    await shuttingDown(program);
    asking.socket.write('\r\n');
    await once(asking.socket, 'close');
    const [head = '', body = ''] = asking.received().split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1.1 503 /);
    expect(head).toMatch(/^Connection: close$/im);
    expect(JSON.parse(body)).toEqual({
      ready: false,
      reason: 'server_shutting_down',
      connections: { database: { status: 'not_checked' }, temporal: { status: 'not_checked' } },
    });
    held.socket.write('}');
    await once(held.socket, 'close');
    expect(held.received()).toMatch(/^HTTP\/1.1 400 /);
    expect(await program.ended).toBe(0);
  });
});

test('D16 losing the store: readyz and requests are 503, livez is not, and it recovers without a restart', async () => {
  const proxy = await proxyToStore();
  const { client, program } = await startApi({ DATABASE_URL: throughProxy(database.url, proxy) });
  const accepted = await client.send('POST', '/v1/databases', create('orders'));
  expect(accepted.status).toBe(202);
  const { id } = accepted.body.database;
  proxy.cut();

  // The first check after the loss tells.
  const ready = await client.raw('/readyz');
  expect({ status: ready.status, body: ready.body }).toEqual({
    status: 503,
    body: {
      ready: false,
      reason: 'database_unhealthy',
      connections: { database: { status: 'unhealthy', error: expect.any(String) }, temporal: { status: 'healthy' } },
    },
  });
  expect(ready.body.connections.database.error).not.toContain('postgres:');
  expect((await client.raw('/livez')).status).toBe(200);
  for (const [method, path, body] of [
    ['GET', '/v1/databases'],
    ['GET', `/v1/databases/${id}`],
    ['GET', `/v1/databases/${id}/connection`],
    ['GET', '/v1/operations'],
    ['GET', `/v1/operations/${accepted.body.operation.id}?wait=1s`],
    ['POST', '/v1/databases', create('ships')],
    ['DELETE', `/v1/databases/${id}`],
    ['POST', `/v1/operations/${accepted.body.operation.id}/cancel`, {}],
  ] as const) {
    const answer = await client.send(method, path, body);
    const { code } = answer.body;
    const retryAfter = Number(answer.headers.get('retry-after'));
    expect({ method, path, status: answer.status, code }).toEqual({
      method,
      path,
      status: 503,
      code: 'store_unavailable',
    });
    expect(retryAfter).toBeGreaterThan(0);
  }

  proxy.mend();
  await eventually(async () => expect((await client.raw('/readyz')).status).toBe(200), 5_000);
  expect((await client.send('GET', `/v1/databases/${id}`)).status).toBe(200);
  expect((await client.send('POST', '/v1/databases', create('ships'))).status).toBe(202);
  program.signal('SIGTERM');
  expect(await program.ended).toBe(0);
});

describe('D17 the API ends', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    'on %s with 0, and its connections to the store are closed',
    async (signal) => {
      const { program, client } = await startApi();
      await client.send('GET', '/v1/databases');
      program.signal(signal);
      expect(await program.ended).toBe(0);
      expect(program.output()).toContain('"stopped"');
      expect(program.output()).not.toContain('forced');
      await eventually(async () => {
        const others = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`;
        expect(await query(database.url, others)).toEqual([]);
      });
    },
  );

  test('whoever waits for an operation is answered with its state, not cut off', async () => {
    const { program, client } = await startApi();
    const { operation } = (await client.send('POST', '/v1/databases', create('orders'))).body;
    const waiting = client.send('GET', `/v1/operations/${operation.id}?wait=60s`);
    // The wait has begun when the store is asked for the operation again and again.
    await eventually(async () => {
      const asked = await query(
        database.url,
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%ended_at IS NOT NULL%'
           AND pid <> pg_backend_pid()`,
      );
      expect(asked).not.toEqual([]);
    });
    program.signal('SIGTERM');
    const { status, body } = await waiting;
    expect({ status, done: body.done, state: body.state }).toEqual({ status: 200, done: false, state: 'pending' });
    expect(await program.ended).toBe(0);
  });

  test('whoever follows a log has the stream ended at once, not cut off', async () => {
    const own = { ...testEnvironment(database), LOG_LEVEL: 'info' };
    const worker = start('worker.js', own);
    await worker.line(({ msg }) => msg === 'ready');
    const { program, client } = await startApi(own);
    const [installation] = await query<{ id: string }>(database.url, 'SELECT id FROM installations');
    cleanUps.push(() => removeEverything(createDockerBackend({}), installation?.id ?? ''));
    const { id } = (await client.succeeded('POST', '/v1/databases', create('followed'))).database;
    const reader = await readEvents(client, `/v1/databases/${id}/logs?follow=true`);
    await eventually(() => expect(reader.events.length).toBeGreaterThan(0));
    program.signal('SIGTERM');
    expect(await reader.ended).toBe('ended');
    expect(reader.events.map(({ type }) => type)).not.toContain('end');
    expect(await program.ended).toBe(0);
    expect(program.output()).not.toContain('forced');
  });

  test('with 0 although connections are open on which nothing was asked', async () => {
    const { program, port, client } = await startApi();
    const silent = await speak(port);
    const half = await speak(port);
    half.socket.write('GET /livez HTTP/1.1\r\nHost');
    await client.raw('/livez');
    program.signal('SIGTERM');
    expect(await program.ended).toBe(0);
    expect(silent.received()).toBe('');
  });

  test('by force with 1 and a warning, when a request is not done by the deadline', async () => {
    const { program, port, client } = await startApi({ SLIPWAY_SHUTDOWN_TIMEOUT_SECONDS: '1' });
    const stuck = await speak(port);
    stuck.socket.write(
      `POST /v1/databases HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${client.key}\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{`,
    );
    await client.raw('/livez');
    program.signal('SIGTERM');
    const forced = await program.line(({ msg }) => msg === 'forced to exit');
    expect(forced).toMatchObject({ level: 40, why: 'not stopped within 1000 ms' });
    expect(await program.ended).toBe(1);
  });

  test('by force with 1, at a second signal', async () => {
    const { program, port, client } = await startApi({ SLIPWAY_SHUTDOWN_TIMEOUT_SECONDS: '60' });
    const stuck = await speak(port);
    stuck.socket.write(
      `POST /v1/databases HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${client.key}\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{`,
    );
    await client.raw('/livez');
    program.signal('SIGTERM');
    await shuttingDown(program);
    program.signal('SIGTERM');
    expect(await program.ended).toBe(1);
    expect(program.output()).toContain('a second signal (SIGTERM)');
  });
});

test('D18 under load no accepted request fails because of shutdown, and everything answered 202 is in the store', async () => {
  const { program, port, client } = await startApi();
  // Connections that are kept, as a proxy before the API has them.
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  cleanUps.push(() => agent.destroy());
  const outcomes: { readonly status: number; readonly id: string | undefined }[] = [];
  const broken: string[] = [];
  let refused = false;

  async function caller(number: number): Promise<void> {
    for (let turn = 0; !refused; turn++) {
      const body = JSON.stringify(create(`load-${number}-${turn}`));
      try {
        outcomes.push(await post(port, client.key, agent, body));
      } catch (error) {
        const { code, phase } = error as { code?: string; phase?: Phase };
        // Not accepted: no connection, or one that was closed before anything was sent on it.
        if (phase !== 'sent' || code === 'ECONNREFUSED') refused = true;
        else broken.push(`${code}: ${String(error)}`);
        if (broken.length > 0) return;
      }
    }
  }

  const callers = Array.from({ length: 16 }, (_, number) => caller(number));
  await eventually(() => expect(outcomes.length).toBeGreaterThan(50));
  program.signal('SIGTERM');
  await Promise.all(callers);
  expect(await program.ended).toBe(0);
  expect(broken).toEqual([]);
  expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set([202]));
  const stored = await query<{ id: string }>(database.url, 'SELECT id FROM operations');
  expect(new Set(stored.map(({ id }) => id))).toEqual(new Set(outcomes.map(({ id }) => id)));
});

type Phase = 'unsent' | 'sent';

/** One request on a connection that is kept; an error says whether the request was on its way. */
async function post(
  port: number,
  key: string,
  agent: Agent,
  body: string,
): Promise<{ readonly status: number; readonly id: string | undefined }> {
  let phase: Phase = 'unsent';
  try {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const sending = httpRequest({ port, host: '127.0.0.1', agent, method: 'POST', path: '/v1/databases', headers });
    sending.on('finish', () => {
      phase = 'sent';
    });
    sending.end(body);
    const [response] = (await once(sending, 'response')) as [IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    const answer = JSON.parse(Buffer.concat(chunks).toString()) as { operation?: { id: string } };
    return { status: response.statusCode ?? 0, id: answer.operation?.id };
  } catch (error) {
    throw Object.assign(error as Error, { phase });
  }
}

describe('D17 the worker ends', () => {
  test('with 0 on SIGTERM, drained and with its connections closed', async () => {
    const program = start('worker.js');
    await program.line(({ msg }) => msg === 'ready');
    program.signal('SIGTERM');
    expect(await program.ended).toBe(0);
    expect(program.output()).not.toContain('forced');
    await eventually(async () => {
      const others = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`;
      expect(await query(database.url, others)).toEqual([]);
    });
  });

  test('D16 it outlives a store that is away, and ends with 0 after', async () => {
    const proxy = await proxyToStore();
    const program = start('worker.js', { DATABASE_URL: throughProxy(database.url, proxy) });
    await program.line(({ msg }) => msg === 'ready');
    proxy.cut();
    await program.line(({ msg }) => msg === 'a pass failed; will retry');
    proxy.mend();
    program.signal('SIGTERM');
    expect(await program.ended).toBe(0);
  });
});

describe('D17 when the store answers nothing any more', () => {
  const brief = { SLIPWAY_SHUTDOWN_TIMEOUT_SECONDS: '1' };

  /** A way to the store. Once it is frozen, `freeze` resolves when the store is asked something. */
  async function freezableStore() {
    let asked = (): void => undefined;
    const proxy = await proxyBefore(database.url, { onSent: () => asked() });
    cleanUps.push(proxy.close);
    return {
      url: throughProxy(database.url, proxy),
      freeze: () =>
        new Promise<void>((resolve) => {
          proxy.freeze();
          asked = resolve;
        }),
    };
  }

  async function expectForced(program: Program, deadlineMs: number): Promise<void> {
    const signalledAt = performance.now();
    program.signal('SIGTERM');
    expect(await program.ended).toBe(1);
    expect(performance.now() - signalledAt).toBeLessThan(deadlineMs + 5_000);
    expect(program.output()).toContain(`not stopped within ${deadlineMs} ms`);
  }

  test('the API ends by its deadline', async () => {
    const { url, freeze } = await freezableStore();
    const { program, client } = await startApi({ DATABASE_URL: url, ...brief });
    // On a connection to the store that is kept.
    await client.send('GET', '/v1/databases');
    const asked = freeze();
    void client.send('GET', '/v1/databases').catch(() => undefined);
    await asked;
    await expectForced(program, 1_000);
  });

  test('the worker ends by its deadline, five seconds after the API’s', async () => {
    const { url, freeze } = await freezableStore();
    const program = start('worker.js', { DATABASE_URL: url, ...brief });
    await program.line(({ msg }) => msg === 'ready');
    await freeze();
    await expectForced(program, 6_000);
  });
});

test('a port that is taken ends the API with 1 and the reason', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => taken.close());
  const program = start('api/main.js', { PORT: String((taken.address() as AddressInfo).port) });
  expect(await program.ended).toBe(1);
  expect(program.output()).toContain('EADDRINUSE');
});
