import { Webhook } from 'standardwebhooks';
import { createNotifier } from '../../notifications/notifier';
import { postJson } from '../../notifications/post';
import { type Egress, systemResolve } from '../../notifications/resolve';
import { type Certificate, newCertificate } from '../support/certificate';
import { eventually } from '../support/eventually';
import { type Receiver, startReceiver } from '../support/receiver';
import { examples, gatheredOf, links } from './messages';

// What a receiver can do to who tells it something. All of these are on this machine, which is allowed here.

const local: Egress = { allowed: ['127.0.0.0/8'], resolve: systemResolve };
const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

let receiver: Receiver;
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(async () => {
  await receiver?.close();
});

const post = (egress = local, url = receiver.url) => postJson(url, {}, '{"a":1}', egress);

test('a webhook is what the published library takes, with the id of the message (E16)', async () => {
  await createNotifier(local, links).send(
    { kind: 'webhook', url: receiver.url, secrets: [secret] },
    gatheredOf(examples['database.down']),
  );
  const { headers = {}, body = '' } = receiver.received[0] ?? {};
  const payload = new Webhook(secret).verify(body, headers as Record<string, string>) as any;
  expect(headers['webhook-id']).toBe('message23456');
  expect(payload).toMatchObject({ type: 'database.down', data: { notices: [{ databaseId: 'orders234567' }] } });
});

test.each(['slack', 'discord'] as const)('%s is sent its own form (E16)', async (kind) => {
  await createNotifier(local, links).send({ kind, url: receiver.url }, gatheredOf(examples['database.down']));
  expect(receiver.received[0]?.headers['content-type']).toMatch(/json/);
  expect(JSON.parse(receiver.received[0]?.body ?? '')).toHaveProperty(kind === 'slack' ? 'blocks' : 'embeds');
});

test.each([
  [200, null],
  [204, null],
  [301, 'delivery_refused'],
  [307, 'delivery_refused'],
  [400, 'delivery_refused'],
  [401, 'delivery_refused'],
  [404, 'delivery_refused'],
  [410, 'delivery_refused'],
  [408, 'delivery_failed'],
  [429, 'delivery_failed'],
  [500, 'delivery_failed'],
  [503, 'delivery_failed'],
])('an answer %i: %s, and its words are not shown', async (status, code) => {
  receiver.answer = (_received, response) => response.writeHead(status).end('my secret is swordfish');
  const error = await post().then(
    () => null,
    (thrown: unknown) => thrown as { code: string; message: string },
  );
  expect(error?.code ?? null).toBe(code);
  if (error !== null) expect(error.message).not.toContain('swordfish');
});

test('a redirect is not followed, wherever it leads', async () => {
  const inner = await startReceiver();
  receiver.answer = (_received, response) => response.writeHead(302, { location: inner.url }).end();
  await expect(post()).rejects.toMatchObject({ code: 'delivery_refused' });
  expect(inner.received).toEqual([]);
  await inner.close();
});

test.each([
  ['120', () => '120', 120],
  ['999999', () => '999999', 3_600],
  ['soon', () => 'soon', undefined],
  ['a date', () => new Date(Date.now() + 60_000).toUTCString(), expect.closeTo(60, -2)],
])('a receiver that asks for patience (%s) gets it, up to an hour', async (_name, asked, seconds) => {
  receiver.answer = (_received, response) => response.writeHead(503, { 'retry-after': asked() }).end();
  const error = await post().catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'delivery_failed' });
  expect((error as { details: Record<string, unknown> }).details.retryAfterSeconds).toEqual(seconds);
});

test('one that takes the request and says nothing is given up after five seconds in all', async () => {
  receiver.answer = () => undefined;
  const began = performance.now();
  await expect(post()).rejects.toMatchObject({
    code: 'delivery_failed',
    message: 'could not reach 127.0.0.1: no response within 5 s',
  });
  expect(performance.now() - began).toBeLessThan(8_000);
});

test('one whose answer drips for ever has answered, and is left after five seconds', async () => {
  receiver.answer = (_received, response) => {
    response.writeHead(200);
    const dripping = setInterval(() => response.write('.'), 100);
    response.on('close', () => clearInterval(dripping));
  };
  const began = performance.now();
  await post();
  expect(performance.now() - began).toBeLessThan(8_000);
});

test('of an answer without end no more than 64 kB are read', async () => {
  let written = 0;
  let isCut = false;
  receiver.answer = (_received, response) => {
    const chunk = Buffer.alloc(16 * 1024);
    const pour = (): void => {
      while (!isCut && response.write(chunk)) written += chunk.length;
      response.once('drain', pour);
    };
    response.on('close', () => {
      isCut = true;
    });
    response.writeHead(200);
    pour();
  };
  await post();
  await eventually(() => expect(isCut).toBe(true));
  // What the kernel takes at both ends counts, too.
  expect(written).toBeLessThan(16 * 1024 * 1024);
});

test('one that is not there, or hangs up, may be there later', async () => {
  receiver.answer = (_received, _response, request) => request.socket.destroy();
  await expect(post()).rejects.toMatchObject({
    code: 'delivery_failed',
    message: 'could not reach 127.0.0.1: ECONNRESET',
  });
  const { url } = receiver;
  await receiver.close();
  await expect(post(local, url)).rejects.toMatchObject({ code: 'delivery_failed' });
  receiver = await startReceiver();
});

test('one of this machine is not reached where it is not allowed, by no name', async () => {
  const nothing: Egress = { allowed: [], resolve: systemResolve };
  const names = [receiver.url, `https://127.0.0.1:${receiver.port}/`, `https://localhost:${receiver.port}/`];
  for (const url of names) await expect(post(nothing, url)).rejects.toMatchObject({ code: 'delivery_refused' });
  expect(receiver.received).toEqual([]);
});

describe('over TLS', () => {
  let certificate: Certificate;
  let secure: Receiver;
  beforeAll(async () => {
    certificate = await newCertificate('hooks.example');
    secure = await startReceiver(certificate);
  });
  afterAll(async () => {
    await secure?.close();
  });

  /** Counts how often the name is asked for; its second answer is another one. */
  function rebinding(): Egress & { asked: number } {
    const egress = {
      asked: 0,
      allowed: ['127.0.0.1'],
      ca: certificate.cert,
      resolve: async () => {
        egress.asked += 1;
        return [{ address: egress.asked === 1 ? '127.0.0.1' : '127.9.9.9', family: 4 }];
      },
    };
    return egress;
  }

  test('the name is asked for once, and the connection goes to the address that was checked', async () => {
    const egress = rebinding();
    await post(egress, `https://hooks.example:${secure.port}/hook`);
    expect(egress.asked).toBe(1);
    expect(secure.received.at(-1)?.headers.host).toBe(`hooks.example:${secure.port}`);
  });

  test('a certificate of another name is not taken', async () => {
    const wanted = post(rebinding(), `https://other.example:${secure.port}/hook`);
    await expect(wanted).rejects.toMatchObject({ message: expect.stringContaining('ERR_TLS_CERT_ALTNAME_INVALID') });
  });

  test('a certificate that nobody vouches for is not taken', async () => {
    const { ca: _trusted, ...untrusting } = rebinding();
    const wanted = post(
      { ...untrusting, resolve: async () => [{ address: '127.0.0.1', family: 4 }] },
      `https://hooks.example:${secure.port}/hook`,
    );
    await expect(wanted).rejects.toMatchObject({ code: 'delivery_failed' });
  });
});
