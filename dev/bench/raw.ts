import { randomBytes, randomInt } from 'node:crypto';
import Docker from 'dockerode';
import { connectEngine } from '../../containers/docker/engine';
import { createExec } from '../../containers/docker/exec';
import { createFiles } from '../../containers/docker/files';
import { createBody, limitsBody } from '../../containers/docker/spec';
import { installationLabels } from '../../domain/names';
import type { ServerTemplate } from '../../domain/planning/resources';
import type { Size } from '../../domain/spec';
import { loginsSql, monitorLogin, psqlCommand } from '../../postgres/logins';
import { defaultPatience } from '../../postgres/patience';
import { probeAnswer, probeReady } from '../../postgres/probe';
import { awaitAnswer, awaitReady } from '../../postgres/readiness';
import { newPassword, scramVerifier } from '../../postgres/scram';
import { containerSpecOf, serverFilesOf } from '../../postgres/server';
import { settingsOf } from '../../postgres/settings';
import { freePort } from '../stack/ports';

const docker = new Docker();
const engine = connectEngine({});
const { putFiles } = createFiles(engine);
const { exec } = createExec(engine);
const never = new AbortController().signal;

/** What this run's own objects carry: found and removed whatever happens, and none of another run's on the same host. */
const benchLabels = installationLabels(`bench-${randomBytes(4).toString('hex')}`);

/** A database made straight over the socket, with the image and the flags that Slipway uses. */
export interface RawDatabase {
  stop(): Promise<void>;
  /** To the first authenticated answers, as are resume and resize. */
  start(): Promise<void>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  resize(size: Size): Promise<void>;
  remove(): Promise<void>;
}

// Two runs on one host begin apart, as Docker refuses networks that overlap.
let nextSubnet = randomInt(4096);

/** To the first authenticated answer over TCP. `official` does what the official image's own entrypoint does. */
export async function createRaw(image: string, way: 'ours' | 'official'): Promise<RawDatabase> {
  const name = `slipway-bench-${randomBytes(4).toString('hex')}`;
  const template = templateOf(name, image);
  const hostPort = await freePort();
  const spec = containerSpecOf(template, {
    name,
    labels: benchLabels,
    alias: name,
    publish: { hostIp: '127.0.0.1', hostPort },
  });
  const subnet = `10.214.${Math.floor(nextSubnet / 16) % 256}.${(nextSubnet % 16) * 16}/28`;
  nextSubnet += 1;
  const network = await docker.createNetwork({
    Name: name,
    Labels: { ...benchLabels },
    IPAM: { Driver: 'default', Config: [{ Subnet: subnet }] },
  });
  await docker.createVolume({ Name: name, Labels: { ...benchLabels } });
  const command = way === 'ours' ? spec.command : ['bash', '-c', officialScript, 'official', spec.volume.mountPath];
  const body = createBody({ ...spec, command });
  const container = await docker.createContainer({ _query: { name }, _body: body } as object);
  await putFiles(name, spec.volume.mountPath, serverFilesOf(template));
  await container.start();
  const address = { host: '127.0.0.1', port: hostPort };
  await awaitAnswer(() => probeAnswer(address), defaultPatience, never);
  const password = newPassword();
  const sql = loginsSql({ owner: scramVerifier(newPassword()), monitor: scramVerifier(password) });
  const { exitCode, stderr } = await exec(name, { command: psqlCommand, stdin: sql, timeoutSeconds: 60 });
  if (exitCode !== 0) throw new Error(`psql: ${stderr}`);
  const ready = () => awaitReady(() => probeReady({ ...address, ...monitorLogin, password }), defaultPatience, never);
  await ready();
  return {
    async stop() {
      await container.stop();
    },
    async start() {
      await container.start();
      await ready();
    },
    async pause() {
      await container.pause();
    },
    async resume() {
      await container.unpause();
      await ready();
    },
    async resize(size) {
      await container.update(limitsBody(size));
      await ready();
    },
    async remove() {
      await container.remove({ force: true });
      await docker.getVolume(name).remove();
      await network.remove();
    },
  };
}

function templateOf(name: string, image: string): ServerTemplate {
  return {
    version: '17',
    image,
    size: benchSize,
    settings: settingsOf({ version: '17', ...benchSize, parameters: {} }),
    networkName: name,
    volumeName: name,
    initialized: false,
  };
}

export const benchSize: Size = { nanoCpus: 2_000_000_000, memoryBytes: 256 * 1024 ** 2 };

/**
 * The steps of the official image's docker-entrypoint.sh: initdb, a temporary server on the socket, what is to be set
 * up, stop, then the server itself.
 */
const officialScript = `set -eu
cd "$1"
initdb --pgdata=pgdata --username=postgres --auth-local=peer --auth-host=scram-sha-256 --data-checksums --encoding=UTF8 --locale=C.UTF-8
pg_ctl -D pgdata -o "-c listen_addresses= -p 5432" -w start
psql --no-psqlrc --username=postgres --dbname=postgres --command='CREATE DATABASE bench'
pg_ctl -D pgdata -m fast -w stop
exec postgres -D "$1/pgdata" -c config_file="$1/postgresql.conf" -c hba_file="$1/pg_hba.conf"
`;

/** Removes what a run that failed has left. */
export async function removeBenchObjects(): Promise<void> {
  const filters = { label: Object.entries(benchLabels).map(([key, value]) => `${key}=${value}`) };
  for (const { Id } of await docker.listContainers({ all: true, filters }))
    await docker.getContainer(Id).remove({ force: true });
  for (const { Name } of (await docker.listVolumes({ filters } as object)).Volumes)
    await docker.getVolume(Name).remove();
  for (const { Id } of await docker.listNetworks({ filters })) await docker.getNetwork(Id).remove();
}
