import { randomBytes } from 'node:crypto';
import type { Backend, ContainerSpec, NetworkSpec, VolumeMount, VolumeSpec } from '../../containers/backend';
import { freePort } from '../../dev/stack/ports';
import { type Labels, labelsOf } from '../../domain/names';

/** What the fixtures' container writes when it starts; then it waits, and ends well when it is asked to stop. */
export const written = ['line 1', 'line 2', 'line 3', 'line 4', 'line 5'];

const program = `printf '%s\\n' ${written.map((line) => `'${line}'`).join(' ')}; trap 'exit 0' INT; sleep 600 & wait`;

/** One database's objects, under names that nobody else has. */
export interface Fixture {
  readonly name: string;
  readonly labels: Labels;
  readonly network: NetworkSpec;
  readonly volume: VolumeSpec;
  readonly container: ContainerSpec & { readonly volume: VolumeMount };
  /** The same names, wanted by another installation. */
  readonly foreign: Labels;
}

export async function newFixture(installation: string, image: string): Promise<Fixture> {
  const databaseId = randomBytes(4).toString('hex');
  const name = `slipway-${installation}-${databaseId}`;
  const labels = labelsOf({ installation, tenantId: 'default', databaseId });
  return {
    name,
    labels,
    foreign: labelsOf({ installation: `${installation}-other`, tenantId: 'default', databaseId }),
    network: { name, labels, addressPool: '10.213.0.0/16' },
    volume: { name, labels },
    container: {
      name,
      labels,
      image,
      command: ['bash', '-c', program],
      env: { SLIPWAY_TEST: 'canary' },
      user: 'postgres',
      network: { name, aliases: ['primary'] },
      volume: { name, mountPath: '/var/lib/postgresql/data' },
      tmpfs: { '/tmp': 'size=8m' },
      publish: { containerPort: 5432, hostIp: '127.0.0.1', hostPort: await freePort() },
      nanoCpus: 500_000_000,
      memoryBytes: 64 * 1024 * 1024,
      shmBytes: 8 * 1024 * 1024,
      pidsLimit: 50,
      stopSignal: 'SIGINT',
      stopTimeoutSeconds: 5,
    },
  };
}

/** Makes the fixture's network, volume and container, which is not started. */
export async function create(backend: Backend, { network, volume, container }: Fixture): Promise<void> {
  await backend.ensureNetwork(network);
  await backend.ensureVolume(volume);
  await backend.ensureContainer(container);
}

export async function createStarted(backend: Backend, fixture: Fixture): Promise<void> {
  await create(backend, fixture);
  await backend.startContainer(fixture.name, fixture.labels);
}

/** What there is of a fixture, such as `container slipway-… running`. */
export async function present(backend: Backend, { labels }: Fixture): Promise<string[]> {
  const objects = await backend.list(labels);
  return objects.map((object) => (object.kind === 'container' ? `container ${object.state}` : object.kind)).sort();
}
