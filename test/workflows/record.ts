import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { createMemoryBackend } from '../../containers/memory';
import { memoryHost } from '../../dev/memory-host';
import { DatabaseError } from '../../domain/errors';
import { deliveryWorkflowIdOf } from '../../domain/notifications/deliveries';
import { requestedKinds } from '../../domain/operations/operations';
import { workflowIdOf } from '../../domain/temporal-names';
import { webhookSecret } from '../support/channels';
import { eventually } from '../support/eventually';
import { newGate } from '../support/gate';
import { startReceiver } from '../support/receiver';
import { acceptRepair } from '../support/repair';
import { type Slipway, startSlipway } from '../support/slipway';
import { happens, untilNewest } from '../support/told';
import { done, prepare } from '../support/verbs';

// Run by `npm run try -- record`: writes the histories that replay.test.ts holds the workflows to.

const root = path.join(__dirname, '..', '..');
const backend = createMemoryBackend();
let slipway: Slipway;
beforeAll(async () => {
  const env = { SLIPWAY_NOTIFICATIONS_ALLOWED_PRIVATE_TARGETS: '127.0.0.1', SLIPWAY_UNDELETE_SECONDS: '3600' };
  slipway = await startSlipway({ ports: memoryHost(backend), env });
});
afterAll(async () => {
  await slipway?.stop();
});
afterEach(() => {
  backend.intercept = {};
});

const save = (name: string, databaseId: string) => saveRun(name, workflowIdOf(databaseId));

async function saveRun(name: string, workflowId: string): Promise<void> {
  const handle = slipway.temporal.workflow.getHandle(workflowId);
  await eventually(async () => expect((await handle.describe()).status.name).not.toBe('RUNNING'));
  const json: unknown = JSON.parse(historyToJSON(await handle.fetchHistory()));
  // Stack traces without the paths of this machine.
  const text = JSON.stringify(json, null, 1).replaceAll(`${root}${path.sep}`, '');
  await writeFile(path.join(root, 'test', 'histories', `${name}.json`), `${text}\n`);
}

async function create(name: string): Promise<{ operationId: string; databaseId: string }> {
  const { body } = await slipway.api.send('POST', '/v1/databases', { name, version: '17', size: 'small' });
  return { operationId: body.operation.id, databaseId: body.database.id };
}

test('create and delete that succeed', async () => {
  const { operationId, databaseId } = await create('recorded');
  await slipway.api.finished(operationId);
  await save('create-succeeded', databaseId);
  await slipway.api.succeeded('DELETE', `/v1/databases/${databaseId}?purge=true`);
  await save('delete-succeeded', databaseId);
});

test('undelete and purge that succeed', async () => {
  const { api } = slipway;
  const { id } = await done(api, 'create', null);
  await done(api, 'delete', id);
  await done(api, 'undelete', id);
  await save('undelete-succeeded', id);
  await done(api, 'delete', id);
  await done(api, 'purge', id);
  await save('purge-succeeded', id);
});

const changes = requestedKinds.filter((kind) => !['create', 'recover', 'delete', 'undelete', 'purge'].includes(kind));

test.each(changes)('%s that succeeds', async (kind) => {
  const { api } = slipway;
  const { id } = await done(api, 'create', null);
  await prepare(api, kind, { id, committed: null });
  await done(api, kind, id);
  await save(`${kind}-succeeded`, id);
});

test('a create that fails', async () => {
  backend.intercept = {
    before: (call) => {
      if (call === 'startContainer') throw new DatabaseError('invalid_container', 'made to fail');
    },
  };
  const { operationId, databaseId } = await create('failed');
  await slipway.api.finished(operationId);
  await save('create-failed', databaseId);
});

/** A repair of a container that was removed, accepted as the reconciler does, which is off here. */
async function repair(
  name: string,
  prepare = (): void => undefined,
): Promise<{ operationId: string; databaseId: string }> {
  const { operationId: created, databaseId } = await create(name);
  await slipway.api.finished(created);
  for (const { kind, name: container, labels } of await backend.list({ 'slipway.database': databaseId })) {
    if (kind === 'container') await backend.removeContainer(container, labels);
  }
  prepare();
  return { operationId: (await acceptRepair(slipway, databaseId)).id, databaseId };
}

test('a repair that succeeds, and one that fails', async () => {
  const succeeded = await repair('repaired');
  await slipway.api.finished(succeeded.operationId);
  await save('repair-succeeded', succeeded.databaseId);
  const failed = await repair('not-repaired', () => {
    backend.intercept = {
      before: (call) => {
        if (call === 'startContainer') throw new DatabaseError('invalid_container', 'made to fail');
      },
    };
  });
  await slipway.api.finished(failed.operationId);
  await save('repair-failed', failed.databaseId);
});

/** Holds the call until the operation's cancel was accepted. */
async function cancelledAt(
  call: string,
  accept: () => Promise<{ operationId: string; databaseId: string }>,
): Promise<string> {
  const gate = newGate();
  let isHeld = false;
  backend.intercept = {
    before: (came) => {
      if (came !== call) return undefined;
      isHeld = true;
      return gate.opened;
    },
  };
  const { operationId, databaseId } = await accept();
  await eventually(() => expect(isHeld).toBe(true));
  await slipway.api.send('POST', `/v1/operations/${operationId}/cancel`);
  gate.open();
  await slipway.api.finished(operationId);
  return databaseId;
}

test('a create and a delete that are cancelled', async () => {
  await save('create-cancelled', await cancelledAt('startContainer', () => create('cancelled')));
  backend.intercept = {};
  const { operationId, databaseId } = await create('kept');
  await slipway.api.finished(operationId);
  const deleted = await cancelledAt('stopContainer', async () => {
    const { body } = await slipway.api.send('DELETE', `/v1/databases/${databaseId}`);
    return { operationId: body.operation.id, databaseId };
  });
  await save('delete-cancelled', deleted);
});

test('a recovery', async () => {
  const gate = newGate();
  backend.intercept = { before: (call) => (call === 'startContainer' ? gate.opened : undefined) };
  const { operationId, databaseId } = await create('recovered');
  await eventually(() => expect(backend.calls.at(-1)).toMatch(new RegExp(`^startContainer .*${databaseId}`)));
  await slipway.api.send('POST', `/v1/operations/${operationId}/abort`);
  gate.open();
  const recovery = await eventually(async () => {
    const { body } = await slipway.api.send('GET', `/v1/operations?databaseId=${databaseId}&kind=recover`);
    expect(body.items).toHaveLength(1);
    return body.items[0];
  });
  await slipway.api.finished(recovery.id);
  await save('recover-succeeded', databaseId);
});

test('a message that is delivered, and one that is refused', async () => {
  const { api, database } = slipway;
  const receiver = await startReceiver();
  const config = { url: receiver.url, secret: webhookSecret };
  const { body } = await api.send('POST', '/v1/notification-channels', { name: 'recorded', kind: 'webhook', config });
  for (const [outcome, status] of [
    ['delivered', 204],
    ['failed', 404],
  ] as const) {
    receiver.answer = (_received, response) => response.writeHead(status).end();
    await happens(database.url, 'orphan.found', 'orphanorphan');
    const { id } = await untilNewest(api, body.id, { state: outcome });
    await saveRun(`deliver-${outcome}`, deliveryWorkflowIdOf(id));
  }
  await api.send('DELETE', `/v1/notification-channels/${body.id}`);
  await receiver.close();
});
