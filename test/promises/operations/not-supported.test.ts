import type { Backend } from '../../../containers/backend';
import { createMemoryBackend } from '../../../containers/memory';
import { memoryHost } from '../../../dev/memory-host';
import { expectTruth } from '../../support/oracle';
import { type Slipway, startSlipway } from '../../support/slipway';

const backend = createMemoryBackend();
let slipway: Slipway;
beforeAll(async () => {
  slipway = await startSlipway({ ports: memoryHost(backend) });
});
afterAll(async () => {
  await slipway?.stop();
});
afterEach(() => {
  backend.unsupported.clear();
});

async function newDatabase(name: string, verbs: readonly string[]): Promise<string> {
  const { database } = await slipway.api.succeeded('POST', '/v1/databases', { name, version: '17', size: 'small' });
  for (const verb of verbs) await slipway.api.succeeded('POST', `/v1/databases/${database.id}/${verb}`);
  return database.id;
}

interface Case {
  readonly kind: string;
  readonly lacking: keyof Backend;
  readonly before: readonly string[];
  readonly state: string;
}

const cases: readonly Case[] = [
  { kind: 'pause', lacking: 'pauseContainer', before: [], state: 'available' },
  { kind: 'stop', lacking: 'stopContainer', before: [], state: 'available' },
  { kind: 'restart', lacking: 'stopContainer', before: [], state: 'available' },
  { kind: 'resume', lacking: 'resumeContainer', before: ['pause'], state: 'paused' },
  { kind: 'start', lacking: 'startContainer', before: ['stop'], state: 'stopped' },
];

test.each(cases)(
  '$kind on a host without $lacking fails as not_supported at the first try, and the database is as it was (B14, B15)',
  async ({ kind, lacking, before, state }) => {
    const { api } = slipway;
    const id = await newDatabase(`without-${kind}`, before);
    const containers = async () => backend.list({ 'slipway.database': id });
    const was = await containers();
    backend.unsupported.add(lacking);
    const accepted = await api.send('POST', `/v1/databases/${id}/${kind}`);
    const { steps, ...operation } = await api.finished(accepted.body.operation.id);
    expect(operation).toMatchObject({
      state: 'failed',
      error: { code: 'not_supported', message: `this host does not support ${lacking}` },
    });
    const failed = steps.filter((step: any) => step.error !== null);
    expect(failed.map(({ plan, attempts, error }: any) => ({ plan, attempts, code: error.code }))).toEqual([
      { plan: 1, attempts: 1, code: 'not_supported' },
    ]);
    expect(await expectTruth(slipway, id, null)).toBe(state);
    expect(await containers()).toEqual(was);
    // What a host cannot do says nothing of its health.
    const { body } = await api.send('GET', `/v1/hosts/${slipway.environment.SLIPWAY_HOST_ID}`);
    expect(body.breaker).toMatchObject({ state: 'closed', lastFailure: null });
  },
);

test('a delete on a host that cannot remove volumes fails as not_supported, and the volume is there (B14, B15)', async () => {
  const { api } = slipway;
  const id = await newDatabase('undeletable', []);
  backend.unsupported.add('removeVolume');
  const { body } = await api.send('DELETE', `/v1/databases/${id}`);
  expect(await api.finished(body.operation.id)).toMatchObject({ state: 'failed', error: { code: 'not_supported' } });
  expect((await api.send('GET', `/v1/databases/${id}`)).body).toMatchObject({
    state: 'failed',
    error: { code: 'not_supported' },
  });
  expect((await backend.list({ 'slipway.database': id })).map(({ kind }) => kind)).toContain('volume');
  backend.unsupported.clear();
  await api.succeeded('DELETE', `/v1/databases/${id}`);
  expect(await expectTruth(slipway, id, null)).toBe('gone');
});

test('a read that a host does not have is 501 (B14)', async () => {
  const id = await newDatabase('unlogged', []);
  backend.unsupported.add('logs');
  const { status, body } = await slipway.api.send('GET', `/v1/databases/${id}/logs`);
  expect({ status, code: body.code }).toEqual({ status: 501, code: 'not_supported' });
});
