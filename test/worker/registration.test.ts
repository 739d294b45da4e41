import { pino } from 'pino';
import { createMemoryBackend } from '../../containers/memory';
import { memoryHost } from '../../dev/memory-host';
import { keepRegistered, registerHost } from '../../worker/registration';
import { startSlipway } from '../support/slipway';
import { openTestStore, testHost } from '../support/test-store';

const worker = { id: 'worker-1', hostId: 'host-a', build: 'build-1', release: 1, contract: 1 };

test('a worker with another engine than its host had takes no work (M37)', async () => {
  const slipway = await startSlipway({
    ports: memoryHost(createMemoryBackend({ engineId: 'engine-2' })),
    worker: false,
    env: { SLIPWAY_HOST_ID: 'shared' },
  });
  try {
    const { store, api, temporal, environment } = slipway;
    await store.hosts.register(testHost('shared'), 'engine-1');
    const accepted = await api.send('POST', '/v1/databases', { name: 'orders', version: '17', size: 'micro' });
    expect(accepted.status).toBe(202);
    await expect(slipway.startWorker()).rejects.toMatchObject({ code: 'engine_changed' });
    const { pollers } = await temporal.workflowService.describeTaskQueue({
      namespace: environment.TEMPORAL_NAMESPACE ?? '',
      taskQueue: { name: environment.SLIPWAY_TASK_QUEUE ?? '' },
      taskQueueType: 1,
    });
    expect(pollers ?? []).toEqual([]);
    await store.hosts.replaceEngine('shared', { actor: 'ada' });
    await slipway.startWorker();
    expect(await api.finished(accepted.body.operation.id)).toMatchObject({ state: 'succeeded' });
  } finally {
    await slipway.stop();
  }
}, 60_000);

test('an engine that was replaced while a worker runs ends the worker (M37)', async () => {
  const { store, host, close } = await openTestStore();
  try {
    await store.hosts.register(host, 'engine-1');
    const backend = createMemoryBackend({ engineId: 'engine-2' });
    const error = await new Promise<unknown>((failed) => {
      const loop = keepRegistered(
        { store, backend, host, worker, logger: pino({ level: 'silent' }) },
        async (reason) => {
          await loop.stop();
          failed(reason);
        },
      );
    });
    expect(error).toMatchObject({ code: 'engine_changed' });
  } finally {
    await close();
  }
});

test('a host whose engine does not answer is registered, and keeps its engine', async () => {
  const { store, host, close } = await openTestStore();
  try {
    await store.hosts.register(host, 'engine-1');
    const backend = createMemoryBackend();
    backend.intercept = {
      before: async () => {
        throw new Error('no engine');
      },
    };
    await registerHost({ store, backend, host: { ...host, address: '10.9.9.9' }, logger: pino({ level: 'silent' }) });
    expect(await store.hosts.find(host.id)).toMatchObject({ address: '10.9.9.9', engineId: 'engine-1' });
  } finally {
    await close();
  }
});
