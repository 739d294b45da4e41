import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import Docker from 'dockerode';
import { pino } from 'pino';
import { readApiConfig } from '../../config/config';
import { createDockerBackend } from '../../containers/docker/backend';
import { openStore } from '../../process/connect';
import type { SecretName } from '../../store/databases/secrets';
import { query } from '../support/database';
import { type OwnParts, startOwnParts } from '../support/own-parts';
import type { Program } from '../support/program';
import {
  containerLogsOf,
  contentsOf,
  dockerEventsOf,
  formsOf,
  historiesOf,
  objectsOf,
  rowsOf,
  watchProcesses,
} from '../support/secrets';

// Every kind of secret is looked for wherever it must not be. Each place is also shown to hold a value of this run that
// belongs there, so that a place which is read in the wrong way is noticed.

const docker = new Docker();
const backend = createDockerBackend({ dockerHost: process.env.DOCKER_HOST });
let parts: OwnParts;
let worker: Program;
let api: Awaited<ReturnType<OwnParts['startApi']>>;
beforeAll(async () => {
  parts = await startOwnParts({ LOG_LEVEL: 'trace' });
  worker = await parts.startWorker();
  api = await parts.startApi();
});
afterAll(async () => {
  await parts?.remove();
});

const random = () => randomBytes(12).toString('hex');

/** A database with sidecars, and its owner's passwords before and after a rotation. */
async function rotatedDatabase(): Promise<{ id: string; operationId: string; passwords: string[] }> {
  const { client } = api;
  const input = { name: 'canary', version: '17', size: 'small' };
  const sidecars = { pooler: { enabled: true }, exporter: { enabled: true } };
  const { operation, database } = await client.succeeded('POST', '/v1/databases', { ...input, ...sidecars });
  expect(operation.warnings).toEqual([]);
  const { id } = database as { id: string };
  const passwordThatWorks = async (): Promise<string> => {
    const { body } = await client.send('GET', `/v1/databases/${id}/connection`);
    expect(await query(body.url, 'SELECT current_user AS me')).toEqual([{ me: 'app' }]);
    return body.password;
  };
  const before = await passwordThatWorks();
  await client.succeeded('POST', `/v1/databases/${id}/rotate-credentials`, {});
  const after = await passwordThatWorks();
  expect(after).not.toBe(before);
  return { id, operationId: operation.id, passwords: [before, after] };
}

/** Channels whose test messages cannot be delivered: their secrets, and the answers that must not show them. */
async function failingChannels(): Promise<{ secrets: string[]; answers: unknown[] }> {
  const { client } = api;
  const [slack, discord, hook, password] = [random(), random(), random(), random()];
  const mail = { user: 'slipway', from: 'slipway@example.com', recipients: ['ops@example.com'], password };
  const channels = [
    { kind: 'slack', config: { url: `https://hooks.invalid/services/${slack}` } },
    { kind: 'discord', config: { url: `https://hooks.invalid/api/webhooks/${discord}` } },
    { kind: 'webhook', config: { url: `https://hooks.invalid/${hook}` } },
    { kind: 'smtp', config: { host: 'mail.invalid', ...mail } },
  ];
  const secrets = [slack, discord, password];
  const answers: unknown[] = [];
  for (const channel of channels) {
    const { status, body } = await client.send('POST', '/v1/notification-channels', { name: channel.kind, ...channel });
    expect({ kind: channel.kind, status }).toEqual({ kind: channel.kind, status: 201 });
    const { secret, ...shown } = body;
    const at = `/v1/notification-channels/${body.id}`;
    if (channel.kind === 'webhook') {
      // Signed with the generated secret and with its replacement, which are shown once each.
      const rotated = await client.send('POST', `${at}/rotate-secret`, {});
      expect(rotated.status).toBe(200);
      secrets.push(secret, rotated.body.secret);
    }
    const tested = await client.send('POST', `${at}/test`);
    expect({ kind: channel.kind, status: tested.status }).toEqual({ kind: channel.kind, status: 502 });
    answers.push(shown, tested.body, (await client.send('GET', at)).body);
  }
  // What is refused has a secret too, and the refusal must not repeat it.
  const refused = random();
  const wrong = { kind: 'smtp', name: 'wrong', config: { host: '', ...mail, password: refused } };
  answers.push((await client.send('POST', '/v1/notification-channels', wrong)).body);
  return { secrets: [...secrets, refused], answers };
}

async function answersAbout(databaseId: string, operationId: string): Promise<unknown[]> {
  const { client } = api;
  const answers: unknown[] = [];
  for (const route of [
    '/v1/databases',
    `/v1/databases/${databaseId}`,
    `/v1/databases/${databaseId}/logs?tail=1000`,
    `/v1/databases/${databaseId}/stats`,
    '/v1/events?pageSize=200',
    '/v1/operations',
    `/v1/operations/${operationId}`,
    '/v1/notification-channels',
    '/v1/keys',
    '/v1/audit?pageSize=200',
    '/readyz',
    // Errors.
    '/v1/databases/none',
    '/v1/databases?pageSize=none',
  ]) {
    answers.push((await client.send('GET', route)).body);
  }
  answers.push((await client.send('POST', '/v1/databases', { name: 'canary', version: '17', size: 'small' })).body);
  const patch = { parameters: { work_mem: 'no size' } };
  answers.push((await client.send('PATCH', `/v1/databases/${databaseId}`, patch)).body);
  return answers;
}

async function passwordsOf(databaseId: string, names: readonly SecretName[]): Promise<string[]> {
  const store = await openStore(readApiConfig(parts.environment), pino({ level: 'silent' }));
  try {
    return await Promise.all(names.map((name) => store.secrets.read(databaseId, name)));
  } finally {
    await store.close();
  }
}

/** Those of the secrets that a text has, in any form. */
const shownIn = (text: string, secrets: readonly string[]): string[] =>
  secrets.filter((secret) => formsOf(secret).some((form) => text.includes(form)));

test.each([
  { form: 'plain', write: (secret: string) => `password=${secret}` },
  { form: 'JSON', write: (secret: string) => JSON.stringify({ secret }) },
  { form: 'a URL', write: (secret: string) => `?password=${encodeURIComponent(secret)}` },
  { form: 'base64', write: (secret: string) => Buffer.from(secret).toString('base64') },
  { form: 'hexadecimal', write: (secret: string) => `\\x${Buffer.from(secret).toString('hex')}` },
])('a secret in $form is found', ({ write }) => {
  expect(shownIn(write('a "b" /c?'), ['another', 'a "b" /c?'])).toEqual(['a "b" /c?']);
});

test('a password is in no log, history, argument, environment, label, event or answer but the connection’s', async () => {
  const since = new Date();
  const processes = watchProcesses();
  const { client } = api;
  const { id, operationId, passwords } = await rotatedDatabase();
  const channels = await failingChannels();
  const key = await client.send('POST', '/v1/keys', { name: 'canary', role: 'viewer' });
  expect(key.status).toBe(201);
  const answers = [...channels.answers, ...(await answersAbout(id, operationId))];
  const unknownKey = `slipway_${random()}`;
  answers.push((await client.raw('/v1/databases', { headers: { authorization: `Bearer ${unknownKey}` } })).body);

  // Arguments that belong where processes are seen: one on this machine, one in a container.
  const [onHost, inContainer] = [random(), random()];
  const [container] = (await backend.list({ 'slipway.database': id })).filter(({ kind }) => kind === 'container');
  await promisify(execFile)('sh', ['-c', 'sleep 1', onHost]);
  const command = ['sh', '-c', 'sleep 1', inContainer];
  expect(await backend.exec(container?.name ?? '', { command, timeoutSeconds: 10 })).toMatchObject({ exitCode: 0 });

  const places = {
    'the API’s log': { holds: [operationId], text: api.program.output() },
    'the worker’s log': { holds: [id], text: worker.output() },
    'the answers': { holds: [id], text: JSON.stringify(answers) },
    'Temporal’s data': { holds: [id], text: await contentsOf(path.join(parts.home.folder, 'temporal')) },
    'Temporal’s histories': { holds: [id, 'ensureLogins'], text: await historiesOf(parts.environment) },
    'the logs of store and Temporal': { holds: ['PostgreSQL'], text: await contentsOf(parts.home.logs) },
    'every row of the store': { holds: [id], text: await rowsOf(parts.databaseUrl) },
    'what Docker shows': {
      holds: ['primary', 'primary-pooler', 'primary-exporter'].map((name) => `${id}-${name}`),
      text: await objectsOf(docker, id),
    },
    'Docker’s events': { holds: [inContainer], text: await dockerEventsOf(docker, id, since) },
    'the containers’ logs': {
      holds: ['database system is ready to accept connections'],
      text: await containerLogsOf(docker, id),
    },
    'arguments and environments of processes': { holds: [onHost, inContainer], text: processes.stop() },
  };
  const secrets = {
    'the owner’s passwords': passwords,
    'the monitor’s and the sidecars’ passwords': await passwordsOf(id, ['monitor', 'pooler', 'exporter']),
    'secrets of channels': channels.secrets,
    'API keys': [client.key, key.body.key, unknownKey],
    'the secret key': [(await readFile(parts.home.secretKeyFile, 'utf8')).trim()],
  };
  for (const [place, { holds, text }] of Object.entries(places)) {
    expect({ place, lacks: holds.filter((value) => !text.includes(value)) }).toEqual({ place, lacks: [] });
    for (const [kind, values] of Object.entries(secrets)) {
      expect({ place, kind, shown: shownIn(text, values).length }).toEqual({ place, kind, shown: 0 });
    }
  }
  expect(
    Object.values(secrets)
      .flat()
      .every((secret) => secret.length >= 16),
  ).toBe(true);
});
