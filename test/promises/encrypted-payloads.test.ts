import { randomBytes } from 'node:crypto';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { pino } from 'pino';
import { readWorkerConfig } from '../../config/config';
import { createMemoryBackend } from '../../containers/memory';
import { memoryHost } from '../../dev/memory-host';
import { DatabaseError } from '../../domain/errors';
import { workflowIdOf } from '../../domain/temporal-names';
import { openStore, openTemporal } from '../../process/connect';
import { createCipher } from '../../store/connection/cipher';
import { composeActivities } from '../../worker/compose';
import { startWorker } from '../../worker/start';
import { eventually } from '../support/eventually';
import { type Slipway, startSlipway } from '../support/slipway';

const backend = createMemoryBackend();
let slipway: Slipway;
beforeAll(async () => {
  slipway = await startSlipway({ ports: memoryHost(backend), env: { SLIPWAY_TEMPORAL_ENCRYPT_PAYLOADS: 'true' } });
});
afterAll(async () => {
  await slipway?.stop();
});
afterEach(() => {
  backend.intercept = {};
});

async function create(name: string): Promise<{ readonly operationId: string; readonly databaseId: string }> {
  const { body } = await slipway.api.send('POST', '/v1/databases', { name, version: '17', size: 'small' });
  return { operationId: body.operation.id, databaseId: body.database.id };
}

function failing(code: 'invalid_container' | 'backend_unavailable', message: string): void {
  backend.intercept = {
    before: (call) => {
      if (call === 'startContainer') throw new DatabaseError(code, message);
    },
  };
}

interface Kept {
  /**
   * The encodings of all payloads but search attributes, which Temporal must read, and headers, which no codec sees:
   * they have the ids of request and trace.
   */
  readonly encodings: readonly string[];
  /** Everything of failures that is text. */
  readonly messages: readonly string[];
  /** All that can be read, payloads' contents included. */
  readonly text: string;
}

/** The history of a run that has closed, as Temporal has it. */
async function keptOf(databaseId: string): Promise<Kept> {
  const handle = slipway.temporal.workflow.getHandle(workflowIdOf(databaseId));
  await eventually(async () => expect((await handle.describe()).status.name).not.toBe('RUNNING'));
  const history = await handle.fetchHistory();
  const encodings: string[] = [];
  const messages: string[] = [];
  const texts: string[] = [];
  const decoded = (text: string): string => Buffer.from(text, 'base64').toString('latin1');
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const { metadata, data, message, stackTrace } = value as Record<string, any>;
    if (typeof metadata?.encoding === 'string') {
      encodings.push(decoded(metadata.encoding));
      texts.push(decoded(data ?? ''), ...Object.values<string>(metadata).map(decoded));
    }
    for (const text of [message, stackTrace]) if (typeof text === 'string' && text !== '') messages.push(text);
    for (const [key, child] of Object.entries(value)) if (!['searchAttributes', 'header'].includes(key)) walk(child);
  };
  const json = historyToJSON(history);
  walk(JSON.parse(json));
  return { encodings, messages, text: [json, ...texts].join('\n') };
}

test('a create succeeds, and of its run nothing can be read in Temporal', async () => {
  const { operationId, databaseId } = await create('hidden');
  expect(await slipway.api.finished(operationId)).toMatchObject({ state: 'succeeded' });
  const { encodings, text } = await keptOf(databaseId);
  expect(encodings.length).toBeGreaterThan(20);
  expect(new Set(encodings)).toEqual(new Set(['binary/encrypted']));
  // The name of a step’s container is in the input of its activity, and in its summary.
  expect(text).not.toContain(`${databaseId}-primary`);
});

test('nor can a failure’s message and stack', async () => {
  failing('invalid_container', 'canary of a failure');
  const { operationId, databaseId } = await create('failing');
  const operation = await slipway.api.finished(operationId);
  expect(operation.state).toBe('failed');
  expect(operation.error.message).toContain('canary of a failure');
  const { messages, encodings, text } = await keptOf(databaseId);
  expect(messages.length).toBeGreaterThan(1);
  expect(new Set(messages)).toEqual(new Set(['Encoded failure']));
  expect(new Set(encodings)).toEqual(new Set(['binary/encrypted']));
  expect(text).not.toContain('canary');
});

test.each([
  { name: 'rotated', isRotated: true, isEncrypted: 'true' },
  { name: 'kept, and new payloads are in plain', isRotated: false, isEncrypted: 'false' },
])('an open run goes on when the key is $name', async ({ isRotated, isEncrypted }) => {
  failing('backend_unavailable', 'away for a while');
  const { operationId, databaseId } = await create(`open-${isEncrypted}`);
  await eventually(async () => {
    const { body } = await slipway.api.send('GET', `/v1/operations/${operationId}`);
    expect(JSON.stringify(body.steps)).toContain('away for a while');
  });
  await slipway.stopWorker();
  backend.intercept = {};
  const former = slipway.environment.SLIPWAY_SECRET_KEY ?? '';
  const config = readWorkerConfig({
    ...slipway.environment,
    SLIPWAY_TEMPORAL_ENCRYPT_PAYLOADS: isEncrypted,
    SLIPWAY_SECRET_KEY: isRotated ? randomBytes(32).toString('base64') : former,
    SLIPWAY_FORMER_SECRET_KEYS: isRotated ? former : '',
  });
  const logger = pino({ level: 'silent' });
  const store = await openStore(config, logger);
  const { client, runs } = openTemporal(config, store);
  const ports = memoryHost(backend)(config, store, logger);
  const activities = await composeActivities(config, store, runs, ports);
  const worker = await startWorker(config, store, runs, ports, activities, logger, (error) => {
    throw error;
  });
  try {
    expect(await slipway.api.finished(operationId)).toMatchObject({ state: 'succeeded' });
    const { encodings, text } = await keptOf(databaseId);
    expect(encodings).toContain('binary/encrypted');
    expect(encodings.includes('json/plain')).toBe(!isRotated);
    if (isRotated) expect(new Set(keyIdsIn(text)).size).toBe(2);
  } finally {
    await worker.stop();
    await client.connection.close();
    await store.close();
    await slipway.startWorker();
  }
});

/** The ids of keys, as a cipher writes them. */
function keyIdsIn(text: string): string[] {
  const form = new RegExp(`^[0-9a-f]{${createCipher(randomBytes(32)).keyId.length}}$`);
  return text.split('\n').filter((line) => form.test(line));
}
