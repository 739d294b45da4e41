import { parseArgs } from 'node:util';
import { readStoreConfig, type StoreConfig } from './config';
import { shortNameSchema } from './databases/ids';
import { roleSchema } from './databases/keys';
import { configOrExit } from './process';
import { storeOf } from './settings';
import { type KeyStore, openKeyStore } from './store/key-store';
import type { KeyRecord } from './store/keys';

const usage = `keys create --role viewer|operator|admin [--name NAME] [--tenant TENANT-ID] [--expires-in 90d]
keys list
keys revoke KEY-ID`;

/** What is wrong with the command's own arguments. */
class UsageError extends Error {}

/** Who has the store may do all: no key is needed, and the first one is made so. */
const maker = { actor: 'command', requireGiven: () => undefined };

const commands: Readonly<Record<string, (store: KeyStore, args: string[]) => Promise<void>>> = { create, list, revoke };

/** Prints the key, once: it is kept nowhere. Without a tenant it is one of the installation. */
async function create({ keys }: KeyStore, args: string[]): Promise<void> {
  const text = { type: 'string' } as const;
  const options = { role: text, name: text, tenant: text, 'expires-in': text };
  const { values } = parseArgs({ args, options });
  const role = roleSchema.safeParse(values.role);
  if (!role.success) throw new UsageError('--role: expected viewer, operator or admin');
  const name = shortNameSchema.safeParse(values.name ?? role.data);
  if (!name.success) throw new UsageError(`--name: ${name.error.issues[0]?.message}`);
  const grant = { role: role.data, tenantId: values.tenant ?? null, expiresAt: expiryOf(values['expires-in']) };
  const { key, ...record } = await keys.create(null, maker, grant, name.data);
  process.stderr.write(`${lineOf(record)}\n`);
  process.stdout.write(`${key}\n`);
}

async function list({ keys }: KeyStore, args: string[]): Promise<void> {
  parseArgs({ args });
  for (let pageToken: string | null = null, more = true; more; more = pageToken !== null) {
    const page = await keys.list(null, { pageSize: 200, pageToken });
    for (const key of page.items) process.stdout.write(`${lineOf(key)}\n`);
    pageToken = page.nextPageToken;
  }
}

async function revoke({ keys }: KeyStore, args: string[]): Promise<void> {
  const [id, ...others] = parseArgs({ args, allowPositionals: true }).positionals;
  if (id === undefined || others.length > 0) throw new UsageError('expected the id of one key');
  await keys.revoke(null, id);
  process.stderr.write(`revoked ${id}\n`);
}

function expiryOf(duration: string | undefined): Date | null {
  if (duration === undefined) return null;
  const [, count, unit] = /^([1-9][0-9]{0,4})([mhd])$/.exec(duration) ?? [];
  if (unit === undefined) throw new UsageError('--expires-in: expected a duration such as 90d (m, h, d)');
  const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000 }[unit] ?? 0;
  return new Date(Date.now() + Number(count) * unitMs);
}

function lineOf({ id, name, role, tenantId, expiresAt, lastUsedAt }: KeyRecord): string {
  const expires = expiresAt === null ? 'does not expire' : `expires ${expiresAt.toISOString()}`;
  const used = lastUsedAt === null ? 'never used' : `last used ${lastUsedAt.toISOString()}`;
  return `${id}  ${name}  ${role} of ${tenantId === null ? 'the installation' : `tenant ${tenantId}`}  ${expires}  ${used}`;
}

async function main(config: StoreConfig): Promise<void> {
  const [name = '', ...args] = process.argv.slice(2);
  const command = commands[name];
  if (command === undefined) throw new UsageError(`there is no command ${name}`);
  const store = await openKeyStore(storeOf(config));
  try {
    await command(store, args);
  } finally {
    await store.close();
  }
}

main(configOrExit(readStoreConfig)).catch((error: unknown) => {
  const isUsage = error instanceof UsageError || error instanceof TypeError;
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${isUsage ? `${usage}\n` : ''}`);
  process.exitCode = isUsage ? 64 : 1;
});
