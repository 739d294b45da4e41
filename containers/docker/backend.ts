import type { Backend } from '../backend';
import { createContainers } from './containers';
import { connectEngine, type DockerSettings } from './engine';
import { createEvents } from './events';
import { createExec } from './exec';
import { createFiles } from './files';
import { createImages } from './images';
import { createListing } from './listing';
import { createLogs } from './logs';
import { createNetworks } from './networks';
import { createPeek } from './peek';
import { createStats } from './stats';
import { createVolumes } from './volumes';

/** The containers port, backed by a Docker engine. */
export function createDockerBackend(settings: DockerSettings): Backend {
  const engine = connectEngine(settings);
  const { ensureNetwork, removeNetwork, ...networks } = createNetworks(engine);
  const { ensureVolume, removeVolume, ...volumes } = createVolumes(engine);
  const containers = createContainers(engine, volumes, networks);

  return {
    async ping(call) {
      await engine.ask(
        'ping',
        call,
        (abortSignal) => engine.docker.ping({ abortSignal } as never) as unknown as Promise<unknown>,
      );
    },
    async engineId(call) {
      const info = (abortSignal: AbortSignal) =>
        engine.docker.info({ abortSignal } as never) as unknown as Promise<{ ID: string }>;
      return (await engine.ask('read the id of the engine', call, info)).ID;
    },
    async engineStartedAt(call) {
      // The daemon creates its default network at every start, unless containers survived (`live-restore`), or it has
      // none (`--bridge none`). Docker's API has no other trace of the start.
      const inspect = (abortSignal: AbortSignal) =>
        engine.docker.getNetwork('bridge').inspect({ abortSignal } as never) as unknown as Promise<{ Created: string }>;
      const network = await engine.find('read the start of the engine', call, inspect);
      return network === null ? null : new Date(network.Created);
    },
    ...createImages(engine),
    ensureNetwork,
    removeNetwork,
    ensureVolume,
    removeVolume,
    ...containers,
    ...createListing(engine, containers.inspectContainer),
    ...createFiles(engine),
    ...createPeek(engine, volumes),
    ...createExec(engine),
    ...createLogs(engine),
    ...createStats(engine),
    ...createEvents(engine),
  };
}
