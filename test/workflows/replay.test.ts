import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils';
import { Worker } from '@temporalio/worker';
import { installRuntime } from '../support/slipway';

const folder = path.join(__dirname, '..', 'histories');
const workflowBundle = { codePath: path.join(__dirname, '..', '..', 'dist', 'workflow-bundle.js') };
const names = readdirSync(folder).map((file) => path.basename(file, '.json'));

beforeAll(async () => {
  await installRuntime();
});

const read = (name: string): any => JSON.parse(readFileSync(path.join(folder, `${name}.json`), 'utf8'));

test('there is a history of success, failure, cancel and recovery', () => {
  expect(names).toEqual(
    expect.arrayContaining([
      'create-succeeded',
      'create-failed',
      'create-cancelled',
      'delete-succeeded',
      'delete-cancelled',
      'recover-succeeded',
      'repair-succeeded',
      'repair-failed',
      'deliver-delivered',
      'deliver-failed',
    ]),
  );
});

test.each(names)('%s replays: runs that began before a change go on after it', async (name) => {
  await Worker.runReplayHistory({ workflowBundle, replayName: name }, historyFromJSON(read(name)));
});

test('a history that does not fit is noticed', async () => {
  const history = read('create-succeeded');
  const scheduled = history.events.find((event: any) => event.activityTaskScheduledEventAttributes !== undefined);
  scheduled.activityTaskScheduledEventAttributes.activityType.name = 'somethingElse';
  await expect(Worker.runReplayHistory({ workflowBundle }, historyFromJSON(history))).rejects.toThrow(
    /[Nn]ondeterminism/,
  );
});

test.each(names)('%s: payloads are small and carry no password', (name) => {
  const text = readFileSync(path.join(folder, `${name}.json`), 'utf8');
  const payloads = [...text.matchAll(/"data": "([A-Za-z0-9+/=]+)"/g)].map(([, data]) =>
    Buffer.from(data ?? '', 'base64').toString(),
  );
  expect(payloads.length).toBeGreaterThan(0);
  for (const payload of payloads) expect(payload.length).toBeLessThan(10_000);
  // The name of the setting `password_encryption` may stand there; no password, and no verifier of one.
  expect(payloads.join('\n')).not.toMatch(/"\w*password":|PASSWORD '|SCRAM-SHA-256\$/i);
});
