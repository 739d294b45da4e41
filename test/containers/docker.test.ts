import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import Docker from 'dockerode';
import { createDockerBackend } from '../../containers/docker/backend';
import { addressOf } from '../../containers/docker/connection';
import { createResilientBackend } from '../../containers/resilience/backend';
import { defaultResilience } from '../../containers/resilience/settings';
import { ownershipOf } from '../../domain/names';
import { required } from '../support/database';
import { eventually } from '../support/eventually';
import { newInstallation } from '../support/installations';
import { removeEverything } from '../support/slipway';
import { holdsContract } from './contract';
import { createStarted, type Fixture, newFixture, present, written } from './fixtures';

const image = required('SLIPWAY_ENGINE_IMAGES').split(',')[0]?.split('=')[1] ?? '';
const installation = newInstallation();
const docker = new Docker();
const backend = createDockerBackend({ dockerHost: process.env.DOCKER_HOST });

afterAll(() => removeEverything(backend, installation));

/** To the standard output of the container's own process. */
async function write(name: string, text: string): Promise<void> {
  const command = ['bash', '-c', 'echo "$0" > /proc/1/fd/1', text];
  expect(await backend.exec(name, { command, timeoutSeconds: 10 })).toMatchObject({ exitCode: 0, stderr: '' });
}

describe('the backend over Docker', () => {
  holdsContract({ backend, image, installation, write });
});

describe('the backend over Docker, behind breaker, bulkhead and deadlines', () => {
  const settings = { ...defaultResilience, hostId: 'h1', changed: () => undefined };
  holdsContract({ backend: createResilientBackend(backend, settings), image, installation, write });
});

describe('what Docker is given', () => {
  let fixture: Fixture;
  beforeEach(async () => {
    fixture = await newFixture(installation, image);
  });

  test('a container is hardened, limited, and nothing of it is in the URL or left to a default (B22)', async () => {
    const { name, labels, container } = fixture;
    await createStarted(backend, fixture);
    const info = await docker.getContainer(name).inspect();
    expect(info.Config).toMatchObject({
      Image: image,
      Entrypoint: container.command.slice(0, 1),
      Cmd: container.command.slice(1),
      Env: expect.arrayContaining(['SLIPWAY_TEST=canary']),
      User: 'postgres',
      Labels: expect.objectContaining(ownershipOf(labels)),
      StopSignal: 'SIGINT',
      StopTimeout: 5,
      Healthcheck: { Test: ['NONE'] },
    });
    expect(info.HostConfig).toMatchObject({
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      ReadonlyRootfs: true,
      Privileged: false,
      Init: false,
      RestartPolicy: { Name: 'no' },
      LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } },
      NanoCpus: container.nanoCpus,
      Memory: container.memoryBytes,
      MemorySwap: container.memoryBytes,
      ShmSize: container.shmBytes,
      PidsLimit: container.pidsLimit,
      NetworkMode: name,
      Mounts: [{ Type: 'volume', Source: name, Target: '/var/lib/postgresql/data' }],
      Tmpfs: container.tmpfs,
      PortBindings: { '5432/tcp': [{ HostIp: '127.0.0.1', HostPort: String(container.publish.hostPort) }] },
    });
    expect(Object.keys(info.NetworkSettings.Networks)).toEqual([name]);
    expect(info.NetworkSettings.Networks[name]?.Aliases).toContain('primary');
  });

  test('without a volume it is hardened as well, and one that its image declares goes with it', async () => {
    const { name, labels, container } = fixture;
    await createStarted(backend, fixture);
    const [repo, tag] = ['slipway/test', installation];
    await docker.getContainer(name).commit({ repo, tag, changes: 'VOLUME /declared' });
    const volumes = async () => (await docker.listVolumes()).Volumes.map((volume) => volume.Name);
    try {
      await backend.removeContainer(name, labels);
      await backend.ensureContainer({ ...container, image: `${repo}:${tag}`, volume: null });
      await backend.startContainer(name, labels);
      const { HostConfig, Mounts } = await docker.getContainer(name).inspect();
      expect(HostConfig).toMatchObject({ CapDrop: ['ALL'], ReadonlyRootfs: true, Tmpfs: container.tmpfs });
      expect(Mounts).toEqual([expect.objectContaining({ Type: 'volume', Destination: '/declared' })]);
      const anonymous = String(Mounts[0]?.Name);
      expect(await volumes()).toContain(anonymous);
      await backend.removeContainer(name, labels);
      expect(await volumes()).not.toContain(anonymous);
    } finally {
      await backend.removeContainer(name, labels);
      await docker.getImage(`${repo}:${tag}`).remove();
    }
  });

  test('the container of a look that a crash has left behind is used for the next one, and removed', async () => {
    const { name, volume } = fixture;
    await backend.ensureVolume(volume);
    const mount = { Type: 'volume', Source: name, Target: '/slipway-volume' } as const;
    const HostConfig = { Mounts: [mount] };
    const left = await docker.createContainer({ name: `${name}-peek`, Image: image, Cmd: ['-'], HostConfig });
    expect(await backend.peekVolume({ ...volume, paths: ['data'], ignored: [] })).toEqual({ path: null });
    await expect(left.inspect()).rejects.toMatchObject({ statusCode: 404 });
    await backend.removeVolume(name, volume.labels);
  });

  test('its network is a /28 of our own pool, and never the default bridge', async () => {
    await backend.ensureNetwork(fixture.network);
    const { IPAM } = await docker.getNetwork(fixture.name).inspect();
    expect(IPAM?.Config?.map(({ Subnet }) => Subnet)).toEqual([expect.stringMatching(/^10\.213\.\d+\.\d+\/28$/)]);
  });

  test('a network of two /28 gives two networks, and says so when it is full', async () => {
    const small = { addressPool: '10.212.255.224/27' };
    const others = [await newFixture(installation, image), await newFixture(installation, image)];
    await Promise.all(others.map(({ network }) => backend.ensureNetwork({ ...network, ...small })));
    const call = backend.ensureNetwork({ ...fixture.network, ...small });
    await expect(call).rejects.toMatchObject({ code: 'capacity_exhausted' });
    for (const { name, labels } of others) await backend.removeNetwork(name, labels);
  });

  test('its own capabilities are gone and its root file system is read-only', async () => {
    await createStarted(backend, fixture);
    const command = ['bash', '-c', 'grep CapEff /proc/self/status; grep NoNewPrivs /proc/self/status; touch /x'];
    const { stdout, stderr } = await backend.exec(fixture.name, { command, timeoutSeconds: 10 });
    expect(stdout.replaceAll('\t', ' ')).toBe('CapEff: 0000000000000000\nNoNewPrivs: 1\n');
    expect(stderr).toContain('Read-only file system');
  });

  test('a container that somebody paused is stopped and removed all the same', async () => {
    await createStarted(backend, fixture);
    await docker.getContainer(fixture.name).pause();
    expect(await present(backend, fixture)).toContain('container paused');
    await backend.removeContainer(fixture.name, fixture.labels);
    expect(await present(backend, fixture)).toEqual(['network', 'volume']);
  });

  test('a paused container is started by resuming it, and not by Docker’s own start', async () => {
    await createStarted(backend, fixture);
    await docker.getContainer(fixture.name).pause();
    await backend.startContainer(fixture.name, fixture.labels);
    expect(await present(backend, fixture)).toContain('container running');
  });

  test('a network with somebody else’s container on it is removed: the container is detached', async () => {
    await createStarted(backend, fixture);
    await backend.removeNetwork(fixture.name, fixture.labels);
    expect(await present(backend, fixture)).toEqual(['container running', 'volume']);
  });

  test('a command that does not end is ended when its time is over', async () => {
    await createStarted(backend, fixture);
    const result = await backend.exec(fixture.name, { command: ['sleep', '60'], timeoutSeconds: 1 });
    expect(result.exitCode).toBe(124);
  });

  test('a command whose container is killed under it never counts as done', async () => {
    await createStarted(backend, fixture);
    const running = backend.exec(fixture.name, { command: ['sleep', '61.5'], timeoutSeconds: 60 });
    const ended = running.then(
      ({ exitCode }) => exitCode,
      (error) => error.code,
    );
    await eventually(async () => {
      const { Processes } = (await docker.getContainer(fixture.name).top()) as { Processes: string[][] };
      expect(Processes.flat().join(' ')).toMatch(/sleep 61.5.*sleep 61.5/);
    });
    await docker.getContainer(fixture.name).kill();
    expect([137, 'container_exited', 'container_missing']).toContain(await ended);
  });

  test('a hundred thousand short lines are read, in order, with their last ones kept', async () => {
    const command = ['bash', '-c', 'seq 100000; exec sleep 600'];
    await createStarted(backend, { ...fixture, container: { ...fixture.container, command } });
    await eventually(async () => {
      const lines = await backend.logs(fixture.name, { tail: 100_000 });
      expect(lines.length).toBe(100_000);
      expect(lines.slice(-2).map(({ text }) => text)).toEqual(['99999', '100000']);
    });
  });
});

describe('a daemon that is not well', () => {
  const sockets = new Set<Socket>();
  const closes: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    for (const close of closes.splice(0)) await close();
  });

  /** Something that listens where a daemon should, and does this with a request. */
  async function daemon(behave: (socket: Socket, request: string) => void): Promise<string> {
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined).on('data', (data) => behave(socket, data.toString()));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closes.push(() => new Promise((resolve) => server.close(resolve)));
    return `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Well as far as its version goes. */
  function afterVersion(behave: (socket: Socket) => void) {
    return (socket: Socket, request: string): void => {
      const version = '{"ApiVersion":"1.43"}';
      if (!request.startsWith('GET /version')) return behave(socket);
      socket.write(
        `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${version.length}\r\n\r\n${version}`,
      );
    };
  }

  const timeouts = { callTimeoutMs: 200, longCallTimeoutMs: 200 };

  test('a log that is followed is not cut by the time-out of calls, however quiet it is (B34)', async () => {
    const fixture = await newFixture(installation, image);
    await createStarted(backend, fixture);
    // What it writes at its start is over before the log is followed from its end.
    await eventually(async () => expect(await backend.logs(fixture.name, { tail: 100 })).toHaveLength(written.length));
    const caller = new AbortController();
    const impatient = createDockerBackend({ dockerHost: process.env.DOCKER_HOST, callTimeoutMs: 2_000 });
    const began = performance.now();
    const lines = await impatient.followLogs(fixture.name, { tail: 0 }, { signal: caller.signal });
    const first = (async () => {
      for await (const { text } of lines) return text;
      return null;
    })();
    await eventually(() => expect(performance.now() - began).toBeGreaterThan(2_100));
    const command = ['bash', '-c', 'echo late > /proc/1/fd/1'];
    await backend.exec(fixture.name, { command, timeoutSeconds: 10 });
    expect(await first).toBe('late');
  });

  test.each([
    { how: 'by its signal', leave: (caller: AbortController) => caller.abort(new Error('the caller is gone')) },
    { how: 'by leaving the loop', leave: () => undefined },
  ])('who stops to follow a log $how leaves no request open', async ({ leave }) => {
    const closed: Promise<unknown>[] = [];
    const line = Buffer.from('2026-11-21T06:00:00.123456789Z hello\n');
    const head = Buffer.from([1, 0, 0, 0, 0, 0, 0, line.length]);
    const behave = afterVersion((socket) => {
      closed.push(once(socket, 'close'));
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n');
      socket.write(Buffer.concat([head, line]));
    });
    const caller = new AbortController();
    const quiet = createDockerBackend({ dockerHost: await daemon(behave) });
    const following = (async () => {
      for await (const { text } of await quiet.followLogs('orders', {}, { signal: caller.signal })) {
        leave(caller);
        if (!caller.signal.aborted) return text;
      }
      return null;
    })();
    await following.catch((error: unknown) => expect(error).toBe(caller.signal.reason));
    expect(closed).toHaveLength(1);
    await Promise.all(closed);
  });

  test('a log that is followed and breaks off is backend_unavailable, not an end', async () => {
    const behave = afterVersion((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', () => socket.destroy());
    });
    const lines = await createDockerBackend({ dockerHost: await daemon(behave) }).followLogs('orders', {});
    const following = (async () => {
      for await (const line of lines) throw new Error(`unexpected ${line.text}`);
    })();
    await expect(following).rejects.toMatchObject({ code: 'backend_unavailable' });
  });

  test('one that is not there is backend_unavailable', async () => {
    const dockerHost = await daemon(() => undefined);
    await closes.splice(0)[0]?.();
    const call = createDockerBackend({ dockerHost }).ping();
    await expect(call).rejects.toMatchObject({ code: 'backend_unavailable' });
  });

  test.each([
    { when: 'from the start', behave: () => undefined },
    { when: 'after its version', behave: afterVersion(() => undefined) },
    {
      when: 'in the middle of an answer',
      behave: afterVersion((socket) => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"Id":');
      }),
    },
  ])('one that goes silent $when is backend_timeout, which names the call', async ({ behave }) => {
    const sick = createDockerBackend({ dockerHost: await daemon(behave), ...timeouts });
    await expect(sick.inspectContainer('orders')).rejects.toMatchObject({
      code: 'backend_timeout',
      message: expect.stringContaining('inspect container orders'),
    });
  });

  test('an answer that breaks off is backend_unavailable at once', async () => {
    const behave = afterVersion((socket) => {
      socket.end('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"Id":');
    });
    const sick = createDockerBackend({ dockerHost: await daemon(behave) });
    await expect(sick.inspectContainer('orders')).rejects.toMatchObject({ code: 'backend_unavailable' });
  });

  test('an answer that should be JSON and is not is an error, and never an empty list', async () => {
    const behave = afterVersion((socket) => {
      socket.end('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 6\r\n\r\n<html>');
    });
    const sick = createDockerBackend({ dockerHost: await daemon(behave) });
    await expect(sick.list({})).rejects.toMatchObject({
      code: 'backend_error',
      message: expect.stringContaining('the response is not JSON'),
    });
  });

  test('what an engine does not implement is not_supported (B14)', async () => {
    const text = '{"message":"this kernel cannot freeze processes"}';
    const behave = afterVersion((socket) => {
      socket.end(
        `HTTP/1.1 501 Not Implemented\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
      );
    });
    const limited = createDockerBackend({ dockerHost: await daemon(behave) });
    await expect(limited.inspectContainer('orders')).rejects.toMatchObject({
      code: 'not_supported',
      message: expect.stringContaining('this kernel cannot freeze processes'),
    });
  });

  test('a volume without a container cannot be read where there is no image (M18)', async () => {
    // No container, no image, and a volume without anything to say.
    const behave = afterVersion((socket) => {
      socket.end(
        'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]',
      );
    });
    const bare = createDockerBackend({ dockerHost: await daemon(behave) });
    expect(await bare.peekVolume({ name: 'orders', labels: {}, paths: [], ignored: [] })).toBe('unreadable');
  });

  test('what Docker says is not there is looked for twice', async () => {
    const missing = '{"message":"No such container: orders"}';
    let looks = 0;
    const behave = afterVersion((socket) => {
      const [status, text] = ++looks === 1 ? ['404 Not Found', missing] : ['500 Internal Server Error', '{}'];
      socket.end(
        `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
      );
    });
    const sick = createDockerBackend({ dockerHost: await daemon(behave) });
    // The second answer counts, and not the first.
    await expect(sick.inspectContainer('orders')).rejects.toMatchObject({ code: 'backend_error' });
  });

  test('an answer of something that is no Docker engine is an error that says so', async () => {
    const behave = (socket: Socket): void => void socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}');
    const sick = createDockerBackend({ dockerHost: await daemon(behave) });
    await expect(sick.ping()).rejects.toMatchObject({
      message: expect.stringContaining('expected a Docker API version'),
    });
  });

  test('a caller who goes while it is silent gets its own reason, not a timeout', async () => {
    const caller = new AbortController();
    const reason = new Error('the caller is gone');
    const sick = createDockerBackend({ dockerHost: await daemon(() => caller.abort(reason)) });
    await expect(sick.inspectContainer('orders', { signal: caller.signal })).rejects.toBe(reason);
  });

  test('a change that is under way is not cut off: who looks after it sees its effect', async () => {
    const fixture = await newFixture(installation, image);
    const caller = new AbortController();
    async function relay(socket: Socket, request: string): Promise<void> {
      const [method = '', path = ''] = request.split(' ');
      // The caller goes before Docker has so much as heard of the change.
      if (method === 'POST') caller.abort(new Error('the caller is gone'));
      await answered(socket, method, path, request);
    }
    const dockerHost = await daemon((socket, request) => void relay(socket, request));
    const call = createDockerBackend({ dockerHost }).ensureNetwork(fixture.network, { signal: caller.signal });
    await call.catch((error: unknown) => expect(error).toBe(caller.signal.reason));
    expect(await present(backend, fixture)).toEqual(['network']);
  });

  test('a change whose answer is lost has taken effect, and is success (A11)', async () => {
    const fixture = await newFixture(installation, image);
    /** Passes a request on; the answer to a change is lost. */
    async function relay(socket: Socket, request: string): Promise<void> {
      const [method = '', path = ''] = request.split(' ');
      if (method !== 'POST') return answered(socket, method, path, request);
      await passedOn(method, path, bodyOf(request));
      socket.destroy();
    }
    const dockerHost = await daemon((socket, request) => void relay(socket, request));
    await createDockerBackend({ dockerHost }).ensureVolume(fixture.volume);
    expect(await present(backend, fixture)).toEqual(['volume']);
  });
});

async function answered(socket: Socket, method: string, path: string, request: string): Promise<void> {
  const answer = await passedOn(method, path, bodyOf(request));
  const head = `HTTP/1.1 ${answer.status} X\r\nConnection: close\r\nContent-Type: application/json`;
  socket.end(`${head}\r\nContent-Length: ${Buffer.byteLength(answer.text)}\r\n\r\n${answer.text}`);
}

function bodyOf(request: string): string {
  return request.slice(request.indexOf('\r\n\r\n') + 4);
}

/** A request as it came, answered by the real daemon. */
async function passedOn(method: string, path: string, body: string): Promise<{ status: number; text: string }> {
  const { host, port, socketPath } = addressOf(process.env.DOCKER_HOST);
  const target = host === undefined ? { socketPath } : { host, port };
  const sending = httpRequest({ ...target, method, path, headers: { 'content-type': 'application/json' } });
  sending.end(body);
  const [response] = (await once(sending, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 0, text: await text(response) };
}
