import { randomBytes } from 'node:crypto';
import { createDockerBackend } from '../../../containers/docker/backend';
import { freePort } from '../../../dev/stack/ports';
import { labelsOf } from '../../../domain/names';
import { sidecarCommand, sidecarDirectory, sidecarExit, writeFileCommand } from '../../../postgres/sidecars/entrypoint';
import { poolerSpecOf } from '../../../postgres/sidecars/sidecars';
import { required } from '../../support/database';
import { eventually } from '../../support/eventually';
import { newInstallation } from '../../support/installations';
import { removeEverything } from '../../support/slipway';

const backend = createDockerBackend({ dockerHost: process.env.DOCKER_HOST });
const installation = newInstallation();
const labels = labelsOf({ installation, tenantId: 'default', databaseId: 'none' });
const lastFile = `${sidecarDirectory}/last`;
afterAll(() => removeEverything(backend, installation));

/** Waits for what stands in the file, and says when it starts and when it is told to read it again. */
const reader = `trap 'echo "again $(cat ${lastFile})"' HUP; echo "began $(cat ${lastFile})"; while :; do sleep 600 & wait $!; done`;

/** A sidecar that runs a script in the place of its program. */
async function sidecar(script: string, names: readonly string[] = ['bash']): Promise<string> {
  const name = `slipway-${installation}-${randomBytes(4).toString('hex')}`;
  const networkName = `slipway-${installation}`;
  await backend.ensureNetwork({ name: networkName, labels, addressPool: '10.215.0.0/16' });
  const publish = { hostIp: '127.0.0.1', hostPort: await freePort() };
  const place = { name, labels, networkName, engineHost: 'none', publish };
  const command = sidecarCommand({ names, args: ['-c', script], lastFile });
  await backend.ensureContainer({ ...poolerSpecOf({ ...place, image: required('SLIPWAY_POOLER_IMAGE') }), command });
  await backend.startContainer(name, labels);
  return name;
}

async function write(name: string, content: string): Promise<void> {
  const exec = { command: writeFileCommand(lastFile), stdin: content, timeoutSeconds: 10 };
  expect(await backend.exec(name, exec)).toEqual({ exitCode: 0, stdout: '', stderr: '' });
}

const linesOf = async (name: string) => (await backend.logs(name, { tail: 100 })).map(({ text }) => text);

async function logs(name: string, lines: readonly string[]): Promise<void> {
  await eventually(async () => expect(await linesOf(name)).toEqual(lines));
}

/** The exit code, once it has ended. */
async function exitOf(name: string): Promise<number | null> {
  await eventually(async () => expect((await backend.inspectContainer(name))?.state).toBe('exited'));
  return (await backend.inspectContainer(name))?.exitCode ?? null;
}

test('the program starts when its last file is there, and a new one is read by it, which runs on', async () => {
  const name = await sidecar(reader);
  expect(await linesOf(name)).toEqual([]);
  await write(name, 'one');
  await logs(name, ['began one']);
  await write(name, 'two');
  await logs(name, ['began one', 'again two']);
  await write(name, 'three');
  await logs(name, ['began one', 'again two', 'again three']);
});

test('a program that a new file ends, as it has no way to read it again, is started with it', async () => {
  const name = await sidecar(`echo "began $(cat ${lastFile})"; exec sleep 600`);
  await write(name, 'one');
  await logs(name, ['began one']);
  await write(name, 'two');
  // Some shells say how it ended.
  const began = async () => (await linesOf(name)).filter((line) => line !== 'Hangup');
  await eventually(async () => expect(await began()).toEqual(['began one', 'began two']));
});

test('a program that ends by itself ends the container, with its exit code', async () => {
  const name = await sidecar('echo began; exit 7');
  await write(name, 'one');
  expect(await exitOf(name)).toBe(7);
  expect(await linesOf(name)).toEqual(['began']);
});

test('a program that is killed ends the container, and is not started again', async () => {
  const name = await sidecar('echo began; kill -KILL $$');
  await write(name, 'one');
  expect(await exitOf(name)).toBe(137);
  expect((await linesOf(name)).filter((line) => line === 'began')).toEqual(['began']);
});

test.each([
  ['waits for its files', async (_name: string) => undefined],
  ['runs', (name: string) => write(name, 'one').then(() => logs(name, ['began one']))],
])('a stop ends one that %s', async (_when, until) => {
  const name = await sidecar(reader);
  await until(name);
  await backend.stopContainer(name, labels);
  expect(await exitOf(name)).toBe(sidecarExit.stopped);
});

test('an image without the program is said, with the names that were looked for', async () => {
  const name = await sidecar('echo began', ['no-such-program', 'nor-this']);
  expect(await exitOf(name)).toBe(sidecarExit.noProgram);
  expect(await linesOf(name)).toEqual(['slipway: the image has none of: no-such-program nor-this']);
});

test('the first name that the image has is run', async () => {
  const name = await sidecar('echo "$0"', ['no-such-program', 'bash', 'sh']);
  await write(name, 'one');
  expect(await exitOf(name)).toBe(0);
  expect(await linesOf(name)).toEqual([expect.stringMatching(/\/bash$/)]);
});

test('a file is whole or not there, and for the sidecar’s user alone', async () => {
  const name = await sidecar(reader);
  await write(name, 'x'.repeat(200_000));
  const command = ['sh', '-c', `stat -c '%a %u %s' ${sidecarDirectory}/*`];
  const { stdout } = await backend.exec(name, { command, timeoutSeconds: 10 });
  expect(stdout).toBe('600 10432 200000\n');
  // More than the directory takes.
  const exec = { command: writeFileCommand(lastFile), stdin: 'y'.repeat(2_000_000), timeoutSeconds: 10 };
  expect(await backend.exec(name, exec)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('No space left'),
  });
  const after = await backend.exec(name, { command: ['head', '-c', '1', lastFile], timeoutSeconds: 10 });
  expect(after.stdout).toBe('x');
});
