import { DatabaseError } from '../../domain/errors';
import { type ChannelKind, type Receiver, secretFields } from '../../domain/notifications/channels';
import { type Author, auditChange } from '../access/audit';
import type { Cipher } from '../connection/cipher';
import { storeTime } from '../connection/clock';
import { translated, violatedConstraint } from '../connection/errors';
import type { Executor, Prisma } from '../connection/executor';
import { newId } from '../connection/ids';
import { afterToken, newestFirst, type Page, type PageRequest, pageOf } from '../connection/pages';
import type { TenantScope } from '../connection/tenant-scope';
import { type Expected, requireVersion, versionOf } from '../connection/versions';
import { json } from '../databases/records';
import type * as generated from '../generated/client';
import { bindToAllChecks } from './bindings';

type Fields = Readonly<Record<string, unknown>>;

/** A channel without its sealed fields. */
export interface ChannelRecord {
  readonly id: string;
  readonly name: string;
  readonly kind: ChannelKind;
  readonly config: Fields;
  readonly onOrphanFound: boolean;
  readonly enabled: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** When it last accepted a message; null before the first. */
  readonly lastNotifiedAt: Date | null;
}

/** The version of a channel's record: every change makes another, secrets included. */
export function channelVersion({ id, updatedAt }: Pick<ChannelRecord, 'id' | 'updatedAt'>): string {
  return versionOf([id, updatedAt]);
}

export interface NewChannel extends Pick<ChannelRecord, 'name' | 'kind' | 'onOrphanFound' | 'enabled'> {
  /** Validated, secrets included. */
  readonly config: Fields;
  /** Whether it is bound to every existing check. */
  readonly bindToAll: boolean;
}

export interface ChannelPatch extends Partial<Pick<ChannelRecord, 'name' | 'onOrphanFound' | 'enabled'>> {
  /** Makes the new config from the old one, both with secrets. Throws `invalid_request`. */
  readonly config?: (kind: ChannelKind, config: Fields) => Fields;
}

/** The sealed fields of a channel. */
interface Secrets {
  readonly fields: Fields;
  /** The previous signing secret, until it expires. */
  readonly former?: { readonly secret: string; readonly until: string };
}

/** The context that a channel's secrets are sealed for. */
export function channelContext(id: string): string {
  return `secrets of channel ${id}`;
}

/** Channels: recipients of notices. Their secrets are sealed at rest and leave the store only for delivery. */
export function createChannels(asTenant: TenantScope, cipher: Cipher) {
  function sealed(id: string, secrets: Secrets) {
    return cipher.seal(JSON.stringify(secrets), channelContext(id));
  }

  return {
    /** Creates a channel and its bindings in one transaction. Throws `name_in_use`. */
    async create(
      tenantId: string,
      { bindToAll, config, ...channel }: NewChannel,
      author: Author,
    ): Promise<ChannelRecord> {
      const id = newId();
      const now = new Date();
      const { shown, secret } = split(channel.kind, config);
      const data = { ...channel, id, tenantId, config: json(shown), ...sealed(id, { fields: secret }) };
      return withUniqueName(channel.name, () =>
        asTenant(tenantId, async (tx) => {
          const row = await tx.notificationChannel.create({ data: { ...data, createdAt: now, updatedAt: now } });
          if (bindToAll) await bindToAllChecks(tx, tenantId, id);
          const created = channelRecord(row);
          await auditChange(tx, author, { ...subjectOf(row), action: 'channel.create', after: settingsOf(created) });
          return created;
        }),
      );
    },

    /** Missing fields of the config stay. Throws `not_found`, `name_in_use`, `precondition_failed`. */
    async change(
      tenantId: string,
      id: string,
      { config, ...patch }: ChannelPatch,
      ifMatch: Expected,
      author: Author,
    ): Promise<ChannelRecord> {
      return withUniqueName(patch.name ?? '', () =>
        asTenant(tenantId, async (tx) => {
          const row = await lockChannel(tx, tenantId, id, ifMatch);
          const kind = row.kind as ChannelKind;
          const secrets = secretsOf(cipher, row);
          const fullConfig = config?.(kind, { ...(row.config as Fields), ...secrets.fields });
          const { shown, secret } = split(kind, fullConfig ?? {});
          const changed =
            fullConfig === undefined ? {} : { config: json(shown), ...sealed(id, { ...secrets, fields: secret }) };
          const data = { ...patch, ...changed, updatedAt: new Date() };
          const after = channelRecord(await tx.notificationChannel.update({ where: { id }, data }));
          const change = { before: settingsOf(channelRecord(row)), after: settingsOf(after) };
          await auditChange(tx, author, { ...subjectOf(row), action: 'channel.update', ...change });
          return after;
        }),
      );
    },

    /**
     * Gives a webhook a new signing secret; the previous one signs too during the overlap. Throws `not_found`,
     * `state_conflict` for a channel that does not sign, `precondition_failed`.
     */
    async rotate(
      tenantId: string,
      id: string,
      { secret, overlapSeconds }: { readonly secret: string; readonly overlapSeconds: number },
      ifMatch: Expected,
      author: Author,
    ): Promise<ChannelRecord> {
      return translated('rotate a signing secret', () =>
        asTenant(tenantId, async (tx) => {
          const row = await lockChannel(tx, tenantId, id, ifMatch);
          if (row.kind !== 'webhook') {
            throw new DatabaseError(
              'state_conflict',
              `channel ${id} is of kind ${row.kind}; only webhooks have a signing secret`,
            );
          }
          const { fields } = secretsOf(cipher, row);
          const now = await storeTime(tx);
          const until = new Date(now.getTime() + overlapSeconds * 1000).toISOString();
          const former = { secret: String(fields.secret), until };
          const data = { ...sealed(id, { fields: { ...fields, secret }, former }), updatedAt: now };
          await auditChange(tx, author, { ...subjectOf(row), action: 'channel.rotate-secret' });
          return channelRecord(await tx.notificationChannel.update({ where: { id }, data }));
        }),
      );
    },

    /** Removes a channel with its bindings, log and waiting notices. Throws `not_found`, `precondition_failed`. */
    async remove(tenantId: string, id: string, ifMatch: Expected, author: Author): Promise<void> {
      await translated('delete the channel', () =>
        asTenant(tenantId, async (tx) => {
          const row = await lockChannel(tx, tenantId, id, ifMatch);
          await tx.notificationChannel.delete({ where: { id }, select: { id: true } });
          const before = settingsOf(channelRecord(row));
          await auditChange(tx, author, { ...subjectOf(row), action: 'channel.delete', before });
        }),
      );
    },

    /** Throws `not_found`. */
    async get(tenantId: string, id: string): Promise<ChannelRecord> {
      return channelRecord(
        await translated('read the channel', () => asTenant(tenantId, (tx) => find(tx, tenantId, id))),
      );
    },

    async list(tenantId: string, page: PageRequest): Promise<Page<ChannelRecord>> {
      const rows = await translated('list channels', () =>
        asTenant(tenantId, (tx) =>
          tx.notificationChannel.findMany({
            where: { tenantId, ...afterToken(page.pageToken) },
            orderBy: [...newestFirst],
            take: page.pageSize + 1,
          }),
        ),
      );
      return pageOf(rows, page.pageSize, channelRecord);
    },

    /** The recipient of its messages, secrets included. Throws `not_found`, `secret_unreadable`. */
    async receiver(tenantId: string, id: string): Promise<Receiver> {
      const [row, now] = await translated('read the channel', () =>
        asTenant(tenantId, async (tx) => [await find(tx, tenantId, id), await storeTime(tx)] as const),
      );
      return receiverOf(cipher, row, now);
    },
  };
}

/** The recipient of a channel's messages. Throws `secret_unreadable`. */
export function receiverOf(cipher: Cipher, row: generated.NotificationChannel, now: Date): Receiver {
  const { fields, former } = secretsOf(cipher, row);
  const { secret, ...config } = { ...(row.config as Fields), ...fields };
  const isBoth = former !== undefined && new Date(former.until) > now;
  // Stored configs were validated when they were written.
  if (row.kind === 'webhook') {
    return { ...config, kind: 'webhook', secrets: [secret, ...(isBoth ? [former.secret] : [])] } as unknown as Receiver;
  }
  return { ...config, kind: row.kind } as unknown as Receiver;
}

function secretsOf(cipher: Cipher, row: generated.NotificationChannel): Secrets {
  return JSON.parse(cipher.open(row, channelContext(row.id))) as Secrets;
}

function split(kind: ChannelKind, config: Fields): { readonly shown: Fields; readonly secret: Fields } {
  const isSecret = (name: string) => (secretFields[kind] as readonly string[]).includes(name);
  const entries = Object.entries(config);
  return {
    shown: Object.fromEntries(entries.filter(([name]) => !isSecret(name))),
    secret: Object.fromEntries(entries.filter(([name]) => isSecret(name))),
  };
}

async function withUniqueName<T>(name: string, run: () => Promise<T>): Promise<T> {
  try {
    return await translated('store the channel', run);
  } catch (error) {
    if (violatedConstraint(error) === undefined) throw error;
    throw new DatabaseError('name_in_use', `a channel named ${name} already exists`, {}, { cause: error });
  }
}

/** Locks a channel for this transaction. */
async function lockChannel(
  tx: Executor,
  tenantId: string,
  id: string,
  ifMatch: Expected,
): Promise<generated.NotificationChannel> {
  await tx.$queryRaw`
    SELECT 1 FROM notification_channels WHERE id = ${id} AND tenant_id = ${tenantId} FOR NO KEY UPDATE`;
  const row = await find(tx, tenantId, id);
  requireVersion(ifMatch, channelVersion(row));
  return row;
}

async function find(tx: Executor, tenantId: string, id: string): Promise<generated.NotificationChannel> {
  const row = await tx.notificationChannel.findFirst({ where: { id, tenantId } });
  if (row === null) throw new DatabaseError('not_found', `channel ${id} not found`);
  return row;
}

/** The audit's subject. */
function subjectOf({ id, tenantId, name }: generated.NotificationChannel) {
  return { tenantId, resource: { id, name } };
}

/** The settings without sealed fields, for the audit. */
function settingsOf({ name, kind, config, onOrphanFound, enabled }: ChannelRecord): object {
  return { name, kind, config, onOrphanFound, enabled };
}

function channelRecord(row: Prisma.NotificationChannelGetPayload<object>): ChannelRecord {
  const { id, name, kind, config, onOrphanFound, enabled, createdAt, updatedAt, lastNotifiedAt } = row;
  return {
    id,
    name,
    kind: kind as ChannelKind,
    config: config as Fields,
    onOrphanFound,
    enabled,
    createdAt,
    updatedAt,
    lastNotifiedAt,
  };
}
