import { boundedAttempts } from '../../../activities/attempts';
import { createMemoryBackend } from '../../../containers/memory';
import { memoryHost } from '../../../dev/memory-host';
import { DatabaseError } from '../../../domain/errors';
import { kinds } from '../../../domain/operations/kinds';
import { query } from '../../support/database';
import { eventually } from '../../support/eventually';
import { expectTruth, untilAtRest } from '../../support/oracle';
import { type Slipway, startSlipway } from '../../support/slipway';

const backend = createMemoryBackend();
/** Changes of containers and lines of the log, in the order in which they happen. */
let happened: string[] = [];
/** The messages of all lines of the log. */
let texts: string[] = [];
let slipway: Slipway;
beforeAll(async () => {
  slipway = await startSlipway({
    ports: memoryHost(backend),
    log: ({ level, msg, activityType }) => {
      // Temporal repeats the warning about a failed activity in a line of its own.
      if (level === 40 && activityType !== undefined && msg !== 'Activity failed')
        happened.push(`${activityType}: ${msg}`);
      texts.push(String(msg));
    },
  });
});
afterAll(async () => {
  await slipway?.stop();
});
afterEach(() => {
  backend.intercept = {};
});

let serial = 0;

/** A database with both sidecars, at rest in this state. */
async function databaseThatIs(state: 'available' | 'stopped' | 'paused'): Promise<string> {
  const enabled = { pooler: { enabled: true }, exporter: { enabled: true } };
  const input = { name: `undo-${++serial}`, version: '17', size: 'small', ...enabled };
  const { id } = (await slipway.api.succeeded('POST', '/v1/databases', input)).database;
  if (state === 'stopped') await slipway.api.succeeded('POST', `/v1/databases/${id}/stop`);
  if (state === 'paused') await slipway.api.succeeded('POST', `/v1/databases/${id}/pause`);
  happened = [];
  texts = [];
  return id;
}

async function ask(databaseId: string, verb: string): Promise<any> {
  const { status, body } = await slipway.api.send('POST', `/v1/databases/${databaseId}/${verb}`);
  expect({ status, body }).toMatchObject({ status: 202 });
  return slipway.api.finished(body.operation.id);
}

/** The last part of a container's name: `primary`, `pooler`. */
const shortOf = (name: string) => name.replace(/^.*-/, '');

/** Notes every change of a container when it comes. */
function noting(call: string, name: string): void {
  if (/^(start|stop|pause|resume)Container$/.test(call)) happened.push(`${call} ${shortOf(name)}`);
}

/** Events without repetitions: a step may be repeated, and the steps for the sidecars run together, in any order. */
function inOrder(events: readonly string[]): string[] {
  const isSidecar = (event: string | undefined) => /(pooler|exporter)$/.test(event ?? '');
  return events.flatMap((event, index) => {
    const before = events[index - 1];
    if (!isSidecar(event)) return event === before ? [] : [event];
    if (isSidecar(before)) return [];
    const end = events.findIndex((other, at) => at > index && !isSidecar(other));
    return [...new Set(events.slice(index, end === -1 ? undefined : end))].sort();
  });
}

const refused = 'finishOperation: activity failed';
const undone = 'finishOperation: the operation failed, and its changes were undone';
const sidecars = (call: string) => [`${call} exporter`, `${call} pooler`];

test.each([
  {
    verb: 'stop',
    from: 'available',
    changes: ['stopContainer primary', ...sidecars('stopContainer')],
    back: ['startContainer primary', ...sidecars('startContainer')],
  },
  {
    verb: 'start',
    from: 'stopped',
    changes: ['startContainer primary', ...sidecars('startContainer')],
    back: ['stopContainer primary', ...sidecars('stopContainer')],
  },
  {
    verb: 'pause',
    from: 'available',
    changes: ['pauseContainer primary'],
    back: ['resumeContainer primary', ...sidecars('startContainer')],
  },
  {
    verb: 'resume',
    from: 'paused',
    changes: ['resumeContainer primary', ...sidecars('startContainer')],
    back: ['pauseContainer primary'],
  },
] as const)(
  '$verb changes containers first and the record second; if that cannot be written after retries, the change is undone in order, and both are logged (A16, A25, A35, B08, B09)',
  async ({ verb, from, changes, back }) => {
    const id = await databaseThatIs(from);
    backend.intercept = { before: noting };
    const refuse = `ALTER TABLE databases ADD CONSTRAINT refused CHECK (id <> '${id}' OR state <> '${kinds[verb].to}')`;
    await query(slipway.database.url, refuse);
    try {
      expect(await ask(id, verb)).toMatchObject({ state: 'failed', error: { code: 'internal' } });
    } finally {
      await query(slipway.database.url, 'ALTER TABLE databases DROP CONSTRAINT refused');
    }
    expect(inOrder(happened)).toEqual([...changes, refused, ...back, undone]);
    expect(happened.filter((event) => event === refused).length).toBeGreaterThanOrEqual(boundedAttempts);
    expect(await expectTruth(slipway, id, null)).toBe(from);
  },
);

test('a resume that the host refuses leaves the record paused, and the log claims no rollback (B10)', async () => {
  const id = await databaseThatIs('paused');
  backend.intercept = {
    before: (call) => {
      if (call === 'resumeContainer') throw new DatabaseError('invalid_container', 'made to fail');
    },
  };
  const { state, steps } = await ask(id, 'resume');
  const back = steps.filter(({ plan }: any) => plan === 2);
  expect({ state, back }).toEqual({ state: 'failed', back: [] });
  expect(inOrder(happened)).toEqual(['resumeServer: activity failed', 'finishOperation: the operation failed']);
  expect(texts.filter((text) => /undo|undone|roll|back/i.test(text))).toEqual([]);
  expect(await expectTruth(slipway, id, null)).toBe('paused');
});

test('a way back that fails too is logged as such', async () => {
  const id = await databaseThatIs('stopped');
  const fail = (failing: string) => (call: string) => {
    if (call === failing) throw new DatabaseError('invalid_container', 'made to fail');
  };
  // The start takes effect all the same, so that there is something to undo.
  backend.intercept = { after: fail('startContainer'), before: fail('stopContainer') };
  expect(await ask(id, 'start')).toMatchObject({ error: { details: { wayBack: { code: 'invalid_container' } } } });
  // The line follows the record, which the caller has seen already.
  await eventually(async () =>
    expect(happened).toContain('finishOperation: the operation failed, and its changes could not be undone'),
  );
  // The sweep continues the way back; it must not do so during another test.
  backend.intercept = {};
  await eventually(async () =>
    expect((await slipway.api.send('GET', `/v1/databases/${id}`)).body.state).toBe('stopped'),
  );
  await untilAtRest(slipway, id);
});
