import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { addressOf } from '../../containers/docker/connection';
import { query } from '../support/database';
import { type EventReader, readEvents } from '../support/event-stream';
import { eventually } from '../support/eventually';
import { type Slipway, startSlipway } from '../support/slipway';

/** Connections to Docker on which a log is followed now. */
const following = new Set<Socket>();
let proxy: Server;
let slipway: Slipway;
beforeAll(async () => {
  const { host, port, socketPath } = addressOf(process.env.DOCKER_HOST);
  // A command's input ends before its output does.
  const allowHalfOpen = true;
  const target = host === undefined ? { path: socketPath ?? '' } : { port: Number(port), host };
  proxy = createServer({ allowHalfOpen }, (client) => {
    const docker = connect({ ...target, allowHalfOpen });
    client.on('data', (chunk) => {
      if (chunk.includes('follow=true') || chunk.includes('follow=1')) following.add(docker);
    });
    client.pipe(docker).pipe(client);
    for (const [socket, other] of [
      [client, docker],
      [docker, client],
    ] as const) {
      socket
        .on('error', () => undefined)
        .once('close', () => {
          following.delete(docker);
          other.destroy();
        });
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const DOCKER_HOST = `tcp://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  slipway = await startSlipway({ env: { DOCKER_HOST } });
});
afterAll(async () => {
  await slipway?.stop();
  proxy.close();
});

const errorsOf = ({ events }: EventReader) =>
  events.flatMap(({ data }) => /ERROR: {2}relation "(\w+)" does not exist/.exec(data.text ?? '')?.[1] ?? []);

test('a log is followed while queries fail, and again from where it was left; stats say what the engine does', async () => {
  const { api } = slipway;
  const input = { name: 'read', version: '17', size: 'micro' };
  const { id } = (await api.succeeded('POST', '/v1/databases', input)).database;
  const { url } = (await api.send('GET', `/v1/databases/${id}/connection`)).body;
  const fail = (relation: string) =>
    expect(query(url, `SELECT * FROM ${relation}`)).rejects.toMatchObject({ code: '42P01' });
  const path = `/v1/databases/${id}/logs?follow=true`;

  const reader = await readEvents(api, `${path}&tail=0`);
  await fail('first');
  await fail('second');
  await eventually(() => expect(errorsOf(reader)).toEqual(['first', 'second']));
  expect(following.size).toBe(1);
  reader.leave();
  // Nothing is left open at Docker, although the engine writes nothing that would show it.
  await eventually(() => expect(following.size).toBe(0));

  await fail('third');
  const seen = reader.events.find(({ data }) => data.text.includes('first'))?.id ?? '';
  const again = await readEvents(api, path, { 'last-event-id': seen });
  await fail('fourth');
  await eventually(() => expect(errorsOf(again)).toEqual(['second', 'third', 'fourth']));
  const since = await api.send('GET', `/v1/databases/${id}/logs?since=${seen}`);
  expect(since.body.items[0].at).toBe(seen);

  const { items } = (await api.send('GET', `/v1/databases/${id}/stats`)).body;
  expect(items).toEqual([
    {
      instanceId: `${id}-primary`,
      name: 'primary',
      role: 'primary',
      hostId: slipway.environment.SLIPWAY_HOST_ID,
      usage: {
        readAt: expect.any(String),
        cpuNanoseconds: expect.any(Number),
        cpuPercentOfOneCpu: expect.any(Number),
        cpuSampleMs: expect.any(Number),
        memoryBytes: expect.any(Number),
        memoryLimitBytes: 256 * 1024 ** 2,
        networkReceivedBytes: expect.any(Number),
        networkSentBytes: expect.any(Number),
        diskReadBytes: expect.any(Number),
        diskWrittenBytes: expect.any(Number),
      },
      usageError: null,
      engine: {
        startedAt: expect.any(String),
        connections: 0,
        maxConnections: expect.any(Number),
        databaseBytes: expect.any(Number),
        committedTransactions: expect.any(Number),
        rolledBackTransactions: expect.any(Number),
        oldestTransactionSeconds: null,
      },
      engineError: null,
    },
  ]);
  const [{ usage, engine }] = items;
  for (const name of ['cpuNanoseconds', 'memoryBytes', 'networkReceivedBytes', 'networkSentBytes']) {
    expect(usage[name]).toBeGreaterThan(0);
  }
  expect(usage.cpuPercentOfOneCpu).toBeGreaterThanOrEqual(0);
  expect(engine.databaseBytes).toBeGreaterThan(1024 ** 2);

  await api.succeeded('POST', `/v1/databases/${id}/pause`);
  const frozen = (await api.send('GET', `/v1/databases/${id}/stats`)).body.items[0];
  expect(frozen).toMatchObject({ usage: null, engine: null, engineError: { message: 'the instance is paused' } });
  await api.succeeded('POST', `/v1/databases/${id}/resume`);

  await api.succeeded('POST', `/v1/databases/${id}/stop`);
  expect(await again.ended).toBe('ended');
  expect(again.events.at(-1)).toEqual({ id: null, type: 'end', data: { reason: 'instance_stopped' } });
  expect(again.events.at(-2)?.data.text).toContain('database system is shut down');
  await eventually(() => expect(following.size).toBe(0));
});
