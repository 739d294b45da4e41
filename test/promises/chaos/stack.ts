import type { Client } from '@temporalio/client';
import type { Backend } from '../../../containers/backend';
import { createDockerBackend } from '../../../containers/docker/backend';
import { freePort } from '../../../dev/stack/ports';
import { createTemporalClient } from '../../../temporal/connection';
import { type DockerProxy, startDockerProxy } from '../../support/docker-proxy';
import type { ApiClient } from '../../support/http';
import { type OwnParts, startOwnParts } from '../../support/own-parts';
import type { Program } from '../../support/program';

/** A program that is killed and started again at once. */
interface Restartable {
  restart(): Promise<void>;
}

/** A Slipway whose every part is a process that can be killed, with a proxy between its worker and Docker. */
export interface ChaosStack {
  readonly parts: OwnParts;
  readonly docker: DockerProxy;
  readonly worker: Restartable;
  readonly api: Restartable;
  /** Of the API, whatever process it is by now. */
  readonly client: ApiClient;
  readonly temporal: Client;
  readonly backend: Backend;
  /** What the programs have logged. */
  logs(): string;
  remove(): Promise<void>;
}

const silenceMs = 3_000;

export async function startChaosStack(): Promise<ChaosStack> {
  const docker = await startDockerProxy({ dockerHost: process.env.DOCKER_HOST, silenceMs });
  const settings = {
    DOCKER_HOST: docker.dockerHost,
    PORT: String(await freePort()),
    SLIPWAY_RECONCILE_INTERVAL_SECONDS: '1',
  };
  const parts = await startOwnParts(settings).catch(async (error: unknown) => {
    await docker.close();
    throw error;
  });
  const { TEMPORAL_ADDRESS: address = '', TEMPORAL_NAMESPACE: namespace = '' } = parts.environment;
  const temporal = createTemporalClient({ address, namespace });
  const programs: Program[] = [];

  async function remove(): Promise<void> {
    await temporal.connection.close();
    await parts.remove();
    await docker.close();
  }

  async function startWorker(): Promise<Program> {
    const program = await parts.startWorker();
    programs.push(program);
    return program;
  }

  function restartable(first: Program, start: () => Promise<Program>): Restartable {
    let current = first;
    return {
      async restart() {
        current.signal('SIGKILL');
        await current.ended;
        current = await start();
      },
    };
  }

  try {
    const worker = await startWorker();
    const api = await parts.startApi();
    programs.push(api.program);
    return {
      parts,
      docker,
      worker: restartable(worker, startWorker),
      api: restartable(api.program, async () => {
        const { program } = await parts.startApi();
        programs.push(program);
        return program;
      }),
      client: api.client,
      temporal,
      backend: createDockerBackend({ dockerHost: process.env.DOCKER_HOST }),
      logs: () => programs.map((program) => program.output()).join('\n'),
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
