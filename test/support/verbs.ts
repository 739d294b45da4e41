import { randomBytes } from 'node:crypto';
import { kinds } from '../../domain/operations/kinds';
import { operations, pathOf, type RequestedKind, requestedKinds } from '../../domain/operations/operations';
import type { LifecycleState } from '../../domain/states';
import { query } from './database';
import { eventually } from './eventually';
import type { Answer, ApiClient } from './http';
import type { Committed } from './oracle';

/** A database under test, and the data that its owner has committed. */
export interface Subject {
  readonly id: string;
  /** Null if the database was never available. */
  readonly committed: Committed | null;
}

const mebibyte = 1024 ** 2;
const size = { nanoCpus: 2_000_000_000, memoryBytes: 256 * mebibyte };

/** Makes every change differ from the current state. */
let serial = 0;

/** The inputs of the kinds that need one; each input changes something. */
export const inputs: Partial<Record<RequestedKind, () => object>> = {
  create: newDatabase,
  resize: () => ({ size: { ...size, memoryBytes: (288 + (++serial % 200)) * mebibyte } }),
  update: () => ({ parameters: { max_connections: 40 + (++serial % 60) }, pooler: { enabled: true } }),
  describe: () => ({ description: `changed ${++serial}` }),
};

export function newDatabase() {
  return { name: `test-${randomBytes(5).toString('hex')}`, version: '17', size };
}

function methodOf(kind: RequestedKind): string {
  return operations[kind].route.method.toUpperCase();
}

function routeOf(kind: RequestedKind, databaseId: string | null): string {
  return databaseId === null ? '/v1/databases' : pathOf(kind, databaseId);
}

/** An operation that was accepted. */
export interface Accepted {
  readonly id: string;
  readonly databaseId: string;
}

/** Requests an operation and expects it to be accepted; `databaseId` is null for a create. */
export async function accept(api: ApiClient, kind: RequestedKind, databaseId: string | null): Promise<Accepted> {
  return accepted(await api.send(methodOf(kind), routeOf(kind, databaseId), inputs[kind]?.()));
}

/**
 * Requests an operation, retrying with the same Idempotency-Key, until it is known to be accepted: without a response
 * a caller cannot know whether it was.
 */
export async function insist(api: ApiClient, kind: RequestedKind, databaseId: string | null): Promise<Accepted> {
  const request = inputs[kind]?.();
  let key = randomBytes(8).toString('hex');
  return eventually(async () => {
    const answer = await api.send(methodOf(kind), routeOf(kind, databaseId), request, { 'idempotency-key': key });
    // A refusal is stored under its key. It accepted nothing, so the retry needs, and may use, a new key.
    if (answer.status === 409 && answer.body.code !== 'request_in_progress') key = randomBytes(8).toString('hex');
    return accepted(answer);
  });
}

function accepted({ status, body }: Answer): Accepted {
  expect({ status, body }).toMatchObject({ status: 202 });
  return { id: body.operation.id, databaseId: body.operation.databaseId };
}

/** Requests an operation and waits for it to succeed; returns the database. */
export async function done(api: ApiClient, kind: RequestedKind, databaseId: string | null): Promise<any> {
  return (await api.succeeded(methodOf(kind), routeOf(kind, databaseId), inputs[kind]?.())).database;
}

/** A new database with committed data. */
export async function newSubject(api: ApiClient): Promise<Subject> {
  const { id } = await done(api, 'create', null);
  return commitSomething(api, id);
}

/** Commits data in an available database. */
export async function commitSomething(api: ApiClient, id: string): Promise<Subject> {
  const { url } = (await api.send('GET', `/v1/databases/${id}/connection`)).body;
  await query(url, "CREATE TABLE committed AS SELECT 'kept' AS value");
  return { id, committed: { url, value: 'kept' } };
}

/** Brings an available database into a state that allows the operation. */
export async function prepare(api: ApiClient, kind: RequestedKind, { id }: Subject): Promise<void> {
  if (kinds[kind].from.includes('available')) return;
  const before = kindBetween('available', kinds[kind].from);
  if (before === undefined) throw new Error(`no operation leads from available to where ${kind} is allowed`);
  await done(api, before, id);
}

/** Makes a stopped or paused database available. @returns whether it was one */
export async function wake(api: ApiClient, state: string, databaseId: string): Promise<boolean> {
  if (state === 'available' || state === 'failed') return false;
  const kind = kindBetween(state, ['available']);
  if (kind !== undefined) await done(api, kind, databaseId);
  return kind !== undefined;
}

/** A kind of operation that leads from a state to one of the others; undefined if there is none. */
function kindBetween(state: string, others: readonly LifecycleState[]): RequestedKind | undefined {
  return requestedKinds.find((kind) => {
    const { from, to } = kinds[kind];
    return (from as readonly string[]).includes(state) && (others as readonly (string | null)[]).includes(to);
  });
}
