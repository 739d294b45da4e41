import { type AddressInfo, createServer } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import type { SmtpConfig } from '../../domain/notifications/channels';
import type { Egress } from '../../notifications/resolve';
import { sendMail } from '../../notifications/smtp';
import { type Certificate, newCertificate } from '../support/certificate';
import { downTogether, examples, message, noticeOf } from './messages';

interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly isSecure: boolean;
  readonly user: string | undefined;
  readonly text: string;
}

let certificate: Certificate;
let egress: Egress;
beforeAll(async () => {
  certificate = await newCertificate('mail.example');
  egress = {
    allowed: ['127.0.0.1'],
    resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    ca: certificate.cert,
  };
});

const servers: SMTPServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise<void>((resolve) => server.close(() => resolve()));
});

/** A mail server that keeps what comes. */
async function startServer(options: SMTPServerOptions = {}): Promise<{ port: number; mails: Mail[] }> {
  const mails: Mail[] = [];
  const server = new SMTPServer({
    ...certificate,
    authOptional: true,
    closeTimeout: 100,
    onAuth: ({ username, password }, _session, done) =>
      password === 'hunter2' ? done(null, { user: username }) : done(new Error('no')),
    onData(stream, { envelope, secure, user }, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        const to = envelope.rcptTo.map(({ address }) => address);
        mails.push({
          from,
          to,
          isSecure: secure,
          user: user as string | undefined,
          text: Buffer.concat(chunks).toString(),
        });
        done();
      });
    },
    ...options,
  });
  servers.push(server);
  // A client that goes before it is done.
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return { port: (server.server.address() as AddressInfo).port, mails };
}

const configOf = (changes: Partial<SmtpConfig>): SmtpConfig => ({
  host: 'mail.example',
  port: 587,
  tls: 'starttls',
  user: null,
  password: null,
  from: 'slipway@example.com',
  recipients: ['ops@example.com', 'dba@example.com'],
  ...changes,
});

const down = message(examples['database.down']);

test.each([
  ['starttls', {}, true],
  ['tls', { secure: true }, true],
  ['none', { hideSTARTTLS: true }, false],
] as const)(
  '%s: the mail arrives, with text and HTML and the id of the message (E16)',
  async (tls, options, isSecure) => {
    const { port, mails } = await startServer(options);
    await sendMail(configOf({ port, tls }), down, egress);
    expect(mails).toHaveLength(1);
    const [mail] = mails;
    expect(mail).toMatchObject({ from: 'slipway@example.com', to: ['ops@example.com', 'dba@example.com'], isSecure });
    expect(mail?.text).toMatch(/^Subject: \[Slipway\] orders is down\r$/m);
    expect(mail?.text).toMatch(/^Message-ID: <message23456@slipway\.invalid>\r$/m);
    expect(mail?.text).toContain('Content-Type: text/plain');
    expect(mail?.text).toContain('Content-Type: text/html');
  },
);

test('a server that knows no STARTTLS is told nothing where it is wanted', async () => {
  const { port, mails } = await startServer({ hideSTARTTLS: true, disabledCommands: ['STARTTLS'] });
  await expect(sendMail(configOf({ port }), down, egress)).rejects.toMatchObject({
    code: expect.stringMatching(/^delivery_/),
  });
  expect(mails).toEqual([]);
});

test('TLS below 1.2 is not spoken (E16)', async () => {
  const old = { secure: true, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
  const { port, mails } = await startServer(old);
  await expect(sendMail(configOf({ port, tls: 'tls' }), down, egress)).rejects.toMatchObject({
    code: 'delivery_failed',
  });
  expect(mails).toEqual([]);
});

test('a certificate of another name is not taken', async () => {
  const { port, mails } = await startServer({ secure: true });
  const config = configOf({ port, tls: 'tls', host: 'other.example' });
  await expect(sendMail(config, down, egress)).rejects.toMatchObject({ code: 'delivery_failed' });
  expect(mails).toEqual([]);
});

test('who has a password logs in with it, and one that is wrong is not tried again', async () => {
  const { port, mails } = await startServer({ authOptional: false });
  await sendMail(configOf({ port, user: 'slipway', password: 'hunter2' }), down, egress);
  expect(mails[0]?.user).toBe('slipway');
  const wrong = sendMail(configOf({ port, user: 'slipway', password: 'wrong-password' }), down, egress);
  const error = (await wrong.catch((thrown: unknown) => thrown)) as Error;
  expect(error).toMatchObject({ code: 'delivery_refused' });
  expect(error.message).not.toContain('wrong-password');
});

test.each([
  [450, 'delivery_failed'],
  [550, 'delivery_refused'],
])('a server that answers %i: %s, without its words', async (responseCode, code) => {
  const refuse: SMTPServerOptions['onMailFrom'] = (_address, _session, done) =>
    done(Object.assign(new Error('swordfish'), { responseCode }));
  const { port } = await startServer({ onMailFrom: refuse });
  const error = (await sendMail(configOf({ port }), down, egress).catch((thrown: unknown) => thrown)) as Error;
  expect(error).toMatchObject({ code });
  expect(error.message).toContain(String(responseCode));
  expect(error.message).not.toContain('swordfish');
});

test('of recipients that are refused it is said, and the others are told', async () => {
  const refuse: SMTPServerOptions['onRcptTo'] = ({ address }, _session, done) =>
    address.startsWith('dba') ? done(Object.assign(new Error('no such user'), { responseCode: 550 })) : done();
  const { port, mails } = await startServer({ onRcptTo: refuse });
  await expect(sendMail(configOf({ port }), down, egress)).rejects.toMatchObject({
    code: 'delivery_refused',
    message: 'mail.example rejected 1 of 2 recipients; the others received the message',
  });
  expect(mails[0]?.to).toEqual(['ops@example.com']);
});

test('a server that says nothing is given up', async () => {
  const { port } = await startServer({ onConnect: () => undefined });
  await expect(sendMail(configOf({ port }), down, egress)).rejects.toMatchObject({ code: 'delivery_failed' });
});

test('a server that goes on talking is given up after ten seconds in all', async () => {
  const talking = createServer((socket) => {
    const talk = setInterval(() => socket.write('220-one moment\r\n'), 200);
    socket.on('close', () => clearInterval(talk));
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => talking.listen(0, '127.0.0.1', resolve));
  const { port } = talking.address() as AddressInfo;
  await expect(sendMail(configOf({ port }), down, egress)).rejects.toMatchObject({ code: 'delivery_failed' });
  await new Promise((resolve) => talking.close(resolve));
});

test('no line of a header comes from what is told (E22)', async () => {
  const { port, mails } = await startServer();
  const injected = 'orders\r\nBcc: mallory@example.com\r\n\r\n<script>';
  await sendMail(configOf({ port }), message(noticeOf('database.down', { databaseName: injected })), egress);
  await sendMail(configOf({ port }), message(...downTogether(40)), egress);
  expect(mails[0]?.to).toEqual(['ops@example.com', 'dba@example.com']);
  const [headers = ''] = mails[0]?.text.split('\r\n\r\n') ?? [];
  expect(headers).not.toMatch(/^Bcc:/im);
  const [, html = ''] = mails[0]?.text.split('text/html') ?? [];
  expect(html).toContain('&lt;script&gt;');
  expect(html).not.toContain('<script>');
});

test('a private mail server is not reached where it is not allowed', async () => {
  const { port, mails } = await startServer();
  const strict = { ...egress, allowed: [] };
  await expect(sendMail(configOf({ port }), down, strict)).rejects.toMatchObject({ code: 'delivery_refused' });
  expect(mails).toEqual([]);
});
