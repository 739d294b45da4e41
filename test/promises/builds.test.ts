import type { ChildProcess } from 'node:child_process';
import { createMemoryBackend } from '../../containers/memory';
import { endProcess, startProcess } from '../../dev/bench/processes';
import { serveHost } from '../../dev/bench/rolling/host';
import { memoryHost } from '../../dev/memory-host';
import { silentAfterSeconds } from '../../domain/capacity/hosts';
import { currentContract } from '../../domain/planning/contract';
import { changedBundle, withAnotherActivity, withoutStep } from '../support/changed-bundle';
import { query } from '../support/database';
import { eventually } from '../support/eventually';
import { newGate } from '../support/gate';
import { expectTruth } from '../support/oracle';
import { builtBundle, type Slipway, startSlipway } from '../support/slipway';

// The worker in this process has workflows with one more activity than those of the other workers.

const backend = createMemoryBackend();
let slipway: Slipway;
const others: ChildProcess[] = [];
beforeAll(async () => {
  const env = { SLIPWAY_WORKFLOW_BUNDLE: changedBundle(withAnotherActivity) };
  slipway = await startSlipway({ ports: memoryHost(backend), env });
});
afterAll(async () => {
  for (const child of others) if (child.exitCode === null && child.signalCode === null) await endProcess(child);
  await slipway?.stop();
});

/** A worker on the same host, in a process of its own, with other workflows. */
async function startOther(workflowBundle: string): Promise<ChildProcess> {
  const env = { ...process.env, ...slipway.environment, SLIPWAY_WORKFLOW_BUNDLE: workflowBundle };
  const child = await startProcess('dev/bench/rolling/worker.ts', env, (started) => serveHost(started, backend));
  others.push(child);
  return child;
}

async function accept(name: string): Promise<{ readonly databaseId: string; readonly operationId: string }> {
  const { status, body } = await slipway.api.send('POST', '/v1/databases', { name, version: '17', size: 'micro' });
  expect(status).toBe(202);
  return { databaseId: body.database.id, operationId: body.operation.id };
}

async function buildOf(databaseId: string): Promise<string | null> {
  const run = await slipway.runs.current(databaseId);
  return run.state === 'none' ? null : run.build;
}

const sql = (text: string, values: unknown[] = []) => query(slipway.database.url, text, values);

test('a run ends under the build it began with, and, once the last worker of that build is killed, under the new one within 90 s; a cancelled one as cancelled (M57)', async () => {
  const { api, store } = slipway;
  await slipway.stopWorker();
  const old = await startOther(builtBundle);
  const gates = new Map<string, ReturnType<typeof newGate>>();
  const arrived = new Set<string>();
  backend.intercept = {
    before: async (call, name) => {
      const [databaseId, gate] = [...gates].find(([id]) => call === 'startContainer' && name.includes(id)) ?? [];
      if (databaseId !== undefined) arrived.add(databaseId);
      await gate?.opened;
    },
  };
  const begun = await Promise.all(['stays', 'resumes', 'cancelled'].map(accept));
  for (const { databaseId } of begun) gates.set(databaseId, newGate());
  const [stays, resumes, cancelled] = begun as [(typeof begun)[0], (typeof begun)[0], (typeof begun)[0]];
  await eventually(() => expect(arrived.size).toBe(3));
  const [oldBuild = ''] = await store.workers.liveBuilds();

  await slipway.startWorker();
  const [newBuild = ''] = await store.workers.liveBuilds();
  expect(newBuild).not.toBe(oldBuild);
  const later = await accept('later');
  expect(await api.finished(later.operationId)).toMatchObject({ state: 'succeeded' });
  expect(await buildOf(later.databaseId)).toBe(newBuild);
  gates.get(stays.databaseId)?.open();
  expect(await api.finished(stays.operationId)).toMatchObject({ state: 'succeeded' });
  expect(await buildOf(stays.databaseId)).toBe(oldBuild);

  old.kill('SIGKILL');
  await api.send('POST', `/v1/operations/${cancelled.operationId}/cancel`);
  for (const gate of gates.values()) gate.open();
  const killedAt = performance.now();
  // Most of the time that a build without a worker is waited for passes at once.
  const seconds = silentAfterSeconds - 5;
  await sql(`UPDATE workers SET last_seen_at = last_seen_at - $2 * interval '1 second' WHERE build = $1`, [
    oldBuild,
    seconds,
  ]);
  expect(await api.finished(resumes.operationId)).toMatchObject({ state: 'succeeded', warnings: [] });
  expect(await api.finished(cancelled.operationId)).toMatchObject({ state: 'cancelled' });
  expect(performance.now() - killedAt).toBeLessThan((90 - seconds) * 1000);
  expect([await buildOf(resumes.databaseId), await buildOf(cancelled.databaseId)]).toEqual([newBuild, newBuild]);
  expect(await expectTruth(slipway, resumes.databaseId, null)).toBe('available');
  expect(await expectTruth(slipway, cancelled.databaseId, null)).toBe('gone');
}, 120_000);

test('an operation with a step that the worker of its host does not know waits for it, says so, and has changed nothing (M58)', async () => {
  const { api } = slipway;
  await sql('UPDATE workers SET contract = 1');
  const { operationId, databaseId } = await accept('outdated');
  await eventually(async () => {
    const { body } = await api.send('GET', `/v1/operations/${operationId}`);
    expect(body).toMatchObject({ state: 'running', waitingFor: { code: 'host_outdated' }, steps: [] });
  });
  expect((await api.send('GET', `/v1/databases/${databaseId}`)).body.instances).toEqual([]);
  expect(await backend.list({ 'slipway.database': databaseId })).toEqual([]);
  await sql('UPDATE workers SET contract = $1', [currentContract]);
  expect(await api.finished(operationId)).toMatchObject({ state: 'succeeded', waitingFor: null });
});

test('an operation with a step that the workflows do not know ends with unknown_step, and has changed nothing (M58)', async () => {
  const { api } = slipway;
  const other = await startOther(changedBundle(withoutStep('markUsed')));
  const { operationId, databaseId } = await accept('unknown');
  expect(await api.finished(operationId)).toMatchObject({
    state: 'failed',
    error: { code: 'unknown_step', details: { step: 'markUsed' } },
  });
  expect(await expectTruth(slipway, databaseId, null)).toBe('failed');
  await endProcess(other);
});
