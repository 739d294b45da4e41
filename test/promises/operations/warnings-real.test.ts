import { type DockerProxy, startDockerProxy } from '../../support/docker-proxy';
import { type Program, startProgram } from '../../support/program';
import { type Slipway, startSlipway } from '../../support/slipway';
import { newSubject } from '../../support/verbs';

let proxy: DockerProxy;
let slipway: Slipway;
let worker: Program;
beforeAll(async () => {
  proxy = await startDockerProxy({ dockerHost: process.env.DOCKER_HOST, silenceMs: 0 });
  slipway = await startSlipway({ worker: false });
  const settings = { DOCKER_HOST: proxy.dockerHost, LOG_LEVEL: 'warn' };
  worker = startProgram('worker.js', { ...slipway.environment, ...settings });
});
afterAll(async () => {
  worker?.signal('SIGKILL');
  await worker?.ended;
  await slipway?.stop();
  await proxy?.close();
});

/** Changes a limit of the running container; @returns the operation. */
async function resize(databaseId: string, nanoCpus: number): Promise<string> {
  const size = { nanoCpus, memoryBytes: 256 * 1024 ** 2 };
  const { operation } = await slipway.api.succeeded('POST', `/v1/databases/${databaseId}/resize`, { size });
  expect(operation.steps.map(({ name }: { name: string }) => name)).toContain('updateServer');
  return operation.id;
}

function answerWith(warnings: readonly string[] | null): void {
  proxy.edit({ call: 'POST /containers/{id}/update', change: (body) => ({ ...body, Warnings: warnings }) });
}

test('Docker’s warnings about new limits are in the worker’s log, and nothing when it gives none (B21)', async () => {
  const { id } = await newSubject(slipway.api);
  for (const [index, none] of [null, []].entries()) {
    answerWith(none);
    await resize(id, (index + 2) * 500_000_000);
  }
  const warnings = ['Your kernel does not support a limit'];
  answerWith(warnings);
  const operationId = await resize(id, 500_000_000);
  const isAboutLimits = ({ msg }: { readonly msg?: unknown }) => /warnings about new limits/.test(String(msg));
  expect(await worker.line(isAboutLimits)).toMatchObject({
    level: 40,
    operationId,
    instance: `slipway-${slipway.installation}-${id}-primary`,
    warnings,
  });
  expect(worker.output().match(/warnings about new limits/g)).toHaveLength(1);
});
