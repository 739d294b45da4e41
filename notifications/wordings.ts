import { z } from 'zod';
import type { NoticeType, RaisedNotice } from '../domain/notifications/notices';

/** `alarm` for a problem, `good` for a recovery, `info` otherwise. */
export type Tone = 'alarm' | 'good' | 'info';

const text = z.string().optional().catch(undefined);

/** The fields that are read from the data of a notice; each may be missing. */
const dataSchema = z
  .looseObject({
    databaseName: text,
    engine: z.looseObject({ name: z.string(), version: z.string() }).optional().catch(undefined),
    address: z.looseObject({ host: z.string(), port: z.number() }).nullish().catch(undefined),
    checkedAt: text,
    since: text,
    downSince: text,
    failures: z.number().optional().catch(undefined),
    error: z.looseObject({ message: z.string() }).nullish().catch(undefined),
    kind: text,
    role: text,
    name: text,
    hostId: text,
    reason: text,
    databaseNames: z.array(z.string()).optional().catch(undefined),
    downNames: z.array(z.string()).optional().catch(undefined),
    reasons: z.array(z.string()).optional().catch(undefined),
  })
  .catch({});

export type Data = z.output<typeof dataSchema>;

/** The wording of notices of one type. */
export interface Wording {
  readonly tone: Tone;
  /** For a single notice about the named object. */
  readonly one: (name: string, data: Data) => string;
  readonly many: (count: number) => string;
  /** The value of the fact `State`. */
  readonly state: string;
}

export const wordings: Readonly<Record<NoticeType, Wording>> = {
  'database.down': {
    tone: 'alarm',
    one: (name) => `${name} is down`,
    many: (count) => `${count} databases are down`,
    state: 'down',
  },
  'database.recovered': {
    tone: 'good',
    one: (name) => `${name} has recovered`,
    many: (count) => `${count} databases have recovered`,
    state: 'up',
  },
  'operation.failed': {
    tone: 'alarm',
    one: (name, { kind = 'an operation' }) => `${kind} of ${name} failed`,
    many: (count) => `${count} operations failed`,
    state: 'failed',
  },
  'operation.stuck': {
    tone: 'alarm',
    one: (name, { kind = 'an operation' }) => `${kind} of ${name} is stuck`,
    many: (count) => `${count} operations are stuck`,
    state: 'no progress',
  },
  'database.repaired': {
    tone: 'info',
    one: (name) => `${name} was repaired`,
    many: (count) => `${count} databases were repaired`,
    state: 'repaired',
  },
  'database.repair_given_up': {
    tone: 'alarm',
    one: (name) => `${name} keeps failing and is no longer repaired`,
    many: (count) => `${count} databases keep failing and are no longer repaired`,
    state: 'failed',
  },
  'sidecar.degraded': {
    tone: 'alarm',
    one: (name, { role = 'a sidecar' }) => `the ${role} of ${name} is not working`,
    many: (count) => `${count} sidecars are not working`,
    state: 'degraded',
  },
  'orphan.found': {
    tone: 'info',
    one: (name, { hostId = 'a host' }) => `orphan ${name} was found on ${hostId}`,
    many: (count) => `${count} orphans were found`,
    state: 'no database record',
  },
  'reconciler.stopped': {
    tone: 'alarm',
    one: (name) => `repairs on host ${name} have stopped`,
    many: (count) => `repairs on ${count} hosts have stopped`,
    state: 'stopped until they are resumed',
  },
  'host.silent': {
    tone: 'alarm',
    one: (name) => `host ${name} does not respond`,
    many: (count) => `${count} hosts do not respond`,
    state: 'silent',
  },
  'host.back': {
    tone: 'good',
    one: (name) => `host ${name} is back`,
    many: (count) => `${count} hosts are back`,
    state: 'ready',
  },
};

/** The data of a notice, without invalid fields. */
export function dataOf({ data }: RaisedNotice): Data {
  return dataSchema.parse(data);
}
