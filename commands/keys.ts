import { parseArgs } from 'node:util';
import { roleSchema } from '../domain/access/keys';
import { shortNameSchema } from '../domain/ids';
import { type Command, UsageError } from '../process/command';
import { type Action, onStore } from '../process/on-store';
import type { KeyRecord } from '../store/access/keys';

const usage = `keys create --role viewer|operator|admin [--name NAME] [--tenant TENANT-ID] [--expires-in 90d]
keys list
keys revoke KEY-ID`;

const actions: Readonly<Record<string, (args: string[]) => Action>> = { create, list, revoke };

/** Access to the store permits everything, so creating the first key needs no key. */
const maker = { actor: 'command', requireGrantable: () => undefined };

/** Creates a key and prints it once; the key is not stored. Without a tenant it is an installation key. */
function create(args: string[]): Action {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ args, options: { role: text, name: text, tenant: text, 'expires-in': text } });
  const role = roleSchema.safeParse(values.role);
  if (!role.success) throw new UsageError('--role: expected viewer, operator or admin');
  const name = shortNameSchema.safeParse(values.name ?? role.data);
  if (!name.success) throw new UsageError(`--name: ${name.error.issues[0]?.message}`);
  const grant = { role: role.data, tenantId: values.tenant ?? null, expiresAt: expiryOf(values['expires-in']) };
  return async ({ keys }) => {
    const { key, ...record } = await keys.create(null, maker, grant, name.data);
    process.stderr.write(`${lineOf(record)}\n`);
    process.stdout.write(`${key}\n`);
  };
}

function list(args: string[]): Action {
  parseArgs({ args });
  return async ({ keys }) => {
    let pageToken: string | null = null;
    do {
      const page = await keys.list(null, { pageSize: 200, pageToken });
      for (const key of page.items) process.stdout.write(`${lineOf(key)}\n`);
      pageToken = page.nextPageToken;
    } while (pageToken !== null);
  };
}

function revoke(args: string[]): Action {
  const [id, ...others] = parseArgs({ args, allowPositionals: true }).positionals;
  if (id === undefined || others.length > 0) throw new UsageError('expected the id of one key');
  return async ({ keys }) => {
    await keys.revoke(null, id, null, maker);
    process.stderr.write(`revoked ${id}\n`);
  };
}

function expiryOf(duration: string | undefined): Date | null {
  if (duration === undefined) return null;
  const [, count, unit] = /^([1-9][0-9]{0,4})([mhd])$/.exec(duration) ?? [];
  if (unit === undefined) throw new UsageError('--expires-in: expected a duration such as 90d (m, h, d)');
  const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000 }[unit as 'm' | 'h' | 'd'];
  return new Date(Date.now() + Number(count) * unitMs);
}

function lineOf({ id, name, role, tenantId, expiresAt, lastUsedAt }: KeyRecord): string {
  const of = tenantId === null ? 'the installation' : `tenant ${tenantId}`;
  const expires = expiresAt === null ? 'does not expire' : `expires ${expiresAt.toISOString()}`;
  const used = lastUsedAt === null ? 'never used' : `last used ${lastUsedAt.toISOString()}`;
  return [id, name, `${role} of ${of}`, expires, used].join('  ');
}

function actionOf([name = '', ...args]: string[]): Action {
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action === undefined) throw new UsageError(`there is no command ${name}`);
  return action(args);
}

export const keys: Command = {
  summary: 'create, list and revoke API keys',
  usage,
  run: (args) => onStore(actionOf(args)),
};
