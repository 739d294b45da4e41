import { query } from '../support/database';
import { eventually } from '../support/eventually';
import type { ApiClient } from '../support/http';
import { type OwnParts, startOwnParts } from '../support/own-parts';
import type { Program } from '../support/program';

// Every part in a process of its own, on real Docker: killed, stopped, away, and started again.

let parts: OwnParts;
let api: { readonly program: Program; readonly client: ApiClient };
let worker: Program;
beforeAll(async () => {
  parts = await startOwnParts();
  worker = await parts.startWorker();
  api = await parts.startApi();
});
afterAll(async () => {
  await parts?.remove();
});

const create = (name: string) => ({ name, version: '17', size: 'small' });

/** The operation once this step has begun. */
async function atStep(operationId: string, step: string): Promise<void> {
  await eventually(async () => {
    const { body } = await api.client.send('GET', `/v1/operations/${operationId}`);
    expect(body.steps.find(({ name }: { name: string }) => name === step)?.state).toMatch(/^(running|succeeded)$/);
  });
}

/** The operation succeeded, and its database is used. */
async function expectUsable({ operation, database }: any): Promise<void> {
  expect(await api.client.finished(operation.id)).toMatchObject({ state: 'succeeded', error: null });
  const { body } = await api.client.send('GET', `/v1/databases/${database.id}/connection`);
  expect(await query(body.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await api.client.succeeded('DELETE', `/v1/databases/${database.id}`);
}

test('Temporal is away when a create comes: it is accepted, and done when Temporal is back', async () => {
  await parts.temporal.stop();
  const { status, body } = await api.client.send('POST', '/v1/databases', create('while-away'));
  expect({ status, state: body.operation.state, runId: body.operation.runId }).toEqual({
    status: 202,
    state: 'pending',
    runId: null,
  });
  await parts.temporal.start();
  await expectUsable(body);
});

test('Temporal is killed while a create runs', async () => {
  const { body } = await api.client.send('POST', '/v1/databases', create('temporal-killed'));
  await atStep(body.operation.id, 'ensureLogins');
  await parts.temporal.kill();
  await parts.temporal.start();
  await expectUsable(body);
});

test.each(['ensureServer', 'ensureLogins'])('the store is killed while a create is at %s (D16)', async (step) => {
  const { body } = await api.client.send('POST', '/v1/databases', create(`store-killed-${step.toLowerCase()}`));
  await atStep(body.operation.id, step);
  await parts.store.kill();
  const during = await api.client.send('GET', `/v1/operations/${body.operation.id}`);
  expect({ status: during.status, code: during.body.code }).toEqual({ status: 503, code: 'store_unavailable' });
  await parts.store.start();
  await expectUsable(body);
});

test('the API is killed between the commit and the start', async () => {
  // Temporal answers nothing, so the API is held where it asks for the start.
  parts.toTemporal.silence();
  const answer = api.client.send('POST', '/v1/databases', create('api-killed')).then(
    ({ status }) => status,
    () => 'no answer',
  );
  const { id, database_id: databaseId } = await eventually(async () => {
    const [row] = await query<{ id: string; database_id: string }>(
      parts.databaseUrl,
      "SELECT id, database_id FROM operations WHERE database_name = 'api-killed' AND state = 'pending'",
    );
    if (row === undefined) throw new Error('not accepted yet');
    return row;
  });
  api.program.signal('SIGKILL');
  expect(await answer).toBe('no answer');
  await api.program.ended;
  parts.toTemporal.mend();
  api = await parts.startApi();
  await expectUsable({ operation: { id }, database: { id: databaseId } });
});

test('API and worker are killed together while a delete runs, and started again', async () => {
  const { database } = await api.client.succeeded('POST', '/v1/databases', create('both-killed'));
  const { body } = await api.client.send('DELETE', `/v1/databases/${database.id}`);
  await atStep(body.operation.id, 'stopServer');
  for (const program of [api.program, worker]) program.signal('SIGKILL');
  await Promise.all([api.program.ended, worker.ended]);
  worker = await parts.startWorker();
  api = await parts.startApi();
  expect(await api.client.finished(body.operation.id)).toMatchObject({ state: 'succeeded', error: null });
  expect((await api.client.send('GET', `/v1/databases/${database.id}`)).status).toBe(404);
});
