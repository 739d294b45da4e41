import { randomBytes } from 'node:crypto';
import type { RequestedKind } from '../../domain/operations/operations';
import type { Placement } from '../../domain/planning/resources';
import type { Plan } from '../../domain/planning/steps';
import { noExporter, noPooler, sizeClasses } from '../../domain/spec';
import type { HostRecord } from '../../store/capacity/host-records';
import { createCipher } from '../../store/connection/cipher';
import { migrate } from '../../store/connection/migrate';
import type { OperationRecord } from '../../store/databases/records';
import type { CreateInput } from '../../store/operations/create';
import type { Accepted, OperationRequest, Unchanged } from '../../store/operations/insert';
import { createStore, type Store } from '../../store/store';
import { createTestDatabase, query, type TestDatabase } from './database';
import { eventually } from './eventually';

/** The author of changes that need no operation. */
export const ada = { actor: 'ada' } as const;

/** A store on its own database, with one host, and direct access to its rows. */
export interface TestStore {
  readonly database: TestDatabase;
  readonly store: Store;
  readonly host: HostRecord;
  rows<Row extends object>(sql: string, values?: unknown[]): Promise<Row[]>;
  /** Waits until `count` connections to the database wait for a lock. */
  untilWaiting(count: number): Promise<void>;
  /** Runs something while no audit entry can be written, which is the last write of every transaction. */
  withoutAudit(run: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

export interface TestStoreSettings {
  readonly poolMax?: number;
  readonly connectTimeoutMs?: number;
  readonly statementTimeoutMs?: number;
}

export const secretKey = randomBytes(32);

export async function openTestStore({
  poolMax = 10,
  connectTimeoutMs = 5_000,
  statementTimeoutMs = 10_000,
}: TestStoreSettings = {}): Promise<TestStore> {
  const database = await createTestDatabase();
  await migrate({ databaseUrl: database.url, statementTimeoutMs });
  const store = createStore({ databaseUrl: database.url, poolMax, connectTimeoutMs }, createCipher(secretKey));
  const host = testHost('host-a');
  await store.hosts.register(host);
  const rows: TestStore['rows'] = (sql, values = []) => query(database.url, sql, values);
  // It has no worker that registers it again and again.
  await rows("UPDATE hosts SET last_seen_at = now() + interval '1 day'");
  return {
    database,
    store,
    host,
    rows,
    untilWaiting: (count) =>
      eventually(async () => {
        const sessions = 'SELECT 1 FROM pg_stat_activity WHERE datname = current_database()';
        expect(await rows(`${sessions} AND wait_event_type = 'Lock'`)).toHaveLength(count);
      }),
    withoutAudit: (run) => withoutAudit(database.url, run),
    async close() {
      await store.close();
      await database.drop();
    },
  };
}

/** Runs something while no audit entry can be written to the store at this URL. */
export async function withoutAudit(url: string, run: () => Promise<void>): Promise<void> {
  await query(
    url,
    `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'no room for audit entries'; END $$`,
  );
  await query(url, 'CREATE TRIGGER refuse BEFORE INSERT ON audit_entries FOR EACH ROW EXECUTE FUNCTION refuse()');
  try {
    await run();
  } finally {
    await query(url, 'DROP TRIGGER refuse ON audit_entries');
    await query(url, 'DROP FUNCTION refuse');
  }
}

export function testHost(id: string, portFrom = 20_000, portTo = 29_999): HostRecord {
  return { id, address: '127.0.0.1', portFrom, portTo, addressPool: '10.213.0.0/16', agentUrl: 'https://127.0.0.1:1' };
}

/** A random name, so that tests of one file do not collide. */
export function uniqueName(): string {
  return `db-${randomBytes(5).toString('hex')}`;
}

export function requestOf(changes: Partial<OperationRequest> = {}): OperationRequest {
  return { tenantId: 'default', requestedBy: 'ada', requestId: 'request-1', ...changes };
}

export function inputOf(changes: Partial<CreateInput> = {}): CreateInput {
  const { name = uniqueName() } = changes;
  const attributes = { labels: {}, description: '', deletionProtection: false, pooler: noPooler, exporter: noExporter };
  return { name, version: '17', size: sizeClasses.small, parameters: {}, ...attributes, ...changes };
}

export function placementOf(databaseId: string, hostId = 'host-a', instanceName = 'primary'): Placement {
  return { instanceId: `${databaseId}-${instanceName}`, instanceName, hostId, initialized: false };
}

export const smallPlan: Plan = [
  [
    { do: 'ensureNetwork', hostId: 'host-a', with: { name: 'net' } },
    { do: 'ensureVolume', hostId: 'host-a', with: { name: 'vol' } },
  ],
];

/** The goals of plans: the requested state, or after a failure or cancellation the previous one. */
export const aims = {
  requested: { direction: 'requested', cancelling: false },
  afterFailure: { direction: 'former', cancelling: false },
  afterCancel: { direction: 'former', cancelling: true },
} as const;

export const destroyingPlan: Plan = [[{ do: 'removeVolume', hostId: 'host-a', with: { name: 'vol' } }]];

/** A new database whose create was accepted but not claimed. */
export function acceptedCreate(
  store: Store,
  changes: Partial<CreateInput> = {},
  tenantId = 'default',
): Promise<Accepted> {
  return store.operations.create(requestOf({ tenantId }), inputOf(changes));
}

/** Claims an operation for a run; returns the claimed operation. */
export async function claimed(store: Store, operation: OperationRecord, runId = 'run-1'): Promise<OperationRecord> {
  expect(await store.operations.claim(operation.id, runId, null)).toBe(true);
  return store.operations.load(operation.id);
}

/** Begins the first step of an operation: from then on, it may have changed something. */
export async function begun(store: Store, operation: OperationRecord): Promise<OperationRecord> {
  const planNumber = await store.operations.recordPlan(operation, smallPlan, aims.requested);
  await store.steps.start({ operationId: operation.id, planNumber, ordinal: 1 }, 1);
  return store.operations.load(operation.id);
}

/** A new database being created: its operation is claimed and its one instance marked `creating`. */
export async function creating(
  store: Store,
  changes: Partial<CreateInput> = {},
  tenantId = 'default',
): Promise<Accepted> {
  const { operation: accepted, database } = await acceptedCreate(store, changes, tenantId);
  const operation = await claimed(store, accepted);
  await store.operations.markInstances(operation, 'creating', [placementOf(database.id)]);
  return { operation, database };
}

/** A new, available database. */
export async function available(
  store: Store,
  changes: Partial<CreateInput> = {},
  tenantId = 'default',
): Promise<Accepted> {
  const { operation, database } = await creating(store, changes, tenantId);
  await store.operations.finish({ operationId: operation.id, outcome: 'succeeded', wayBack: 'not_taken', error: null });
  return { operation, database };
}

/** The accepted operation and its database; throws if there was nothing to do. */
export async function accepted(change: Promise<Accepted | Unchanged>): Promise<Accepted> {
  const answer = await change;
  if (answer.operation === null) throw new Error(`nothing would change of ${answer.database.id}`);
  return answer;
}

/** A delete of a database, accepted but not claimed. */
export async function acceptedDelete(store: Store, databaseId: string): Promise<OperationRecord> {
  const change = { kind: 'delete', databaseId, input: {}, retryOf: null } as const;
  return (await accepted(store.operations.change(requestOf({ requestedBy: 'grace' }), change))).operation;
}

/** Carries out an operation on an existing database, in the records alone. */
export async function carriedOut(
  store: Store,
  databaseId: string,
  kind: RequestedKind,
  input: object = {},
  tenantId = 'default',
): Promise<OperationRecord> {
  const change = { kind, databaseId, input, retryOf: null };
  const { operation: requested } = await accepted(store.operations.change(requestOf({ tenantId }), change));
  const operation = await claimed(store, requested);
  await store.operations.finish({ operationId: operation.id, outcome: 'succeeded', wayBack: 'not_taken', error: null });
  return operation;
}

let edits = 0;

/** Changes a label of a database. */
export async function labelEdited(store: Store, databaseId: string): Promise<void> {
  await carriedOut(store, databaseId, 'describe', { labels: { seen: String(++edits) } });
}

/** Accepts and claims the repair of a database. */
export async function repairing(store: Store, databaseId: string): Promise<OperationRecord> {
  const database = await store.databases.find(databaseId);
  const repair = database && (await store.operations.repair(database, { reasons: ['gone'] }, 'reconciler'));
  if (repair === null || repair === 'exhausted') throw new Error(`the repair of ${databaseId} was refused`);
  return claimed(store, repair);
}

/** Carries out a repair in the records alone. */
export async function repaired(store: Store, databaseId: string): Promise<void> {
  const { id } = await repairing(store, databaseId);
  await store.operations.finish({ operationId: id, outcome: 'succeeded', wayBack: 'not_taken', error: null });
}
