import { z } from 'zod';

const idLength = 12;
const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';

/** An id that we gave: 12 characters of base32 (RFC 4648, lower case), which is 60 bits, fit for any name and any URL. */
export const idSchema = z
  .string()
  .regex(new RegExp(`^[${alphabet}]{${idLength}}$`), `expected an id: ${idLength} characters of a-z and 2-7`);

/** The id of an instance: its database's and its name in it. */
export const instanceIdSchema = z
  .string()
  .regex(
    new RegExp(`^[${alphabet}]{${idLength}}-[a-z0-9-]{1,40}$`),
    'expected an instance id such as <database id>-primary',
  );

/** The tenant that is there from the beginning, for which the installation's keys act when they name none. */
export const defaultTenantId = 'default';

/** The id of a tenant. */
export const tenantIdSchema = z
  .string()
  .regex(
    new RegExp(`^(${defaultTenantId}|[${alphabet}]{${idLength}})$`),
    `expected ${defaultTenantId} or an id: ${idLength} characters of a-z and 2-7`,
  );

/** What people call a key or a tenant: it stands in logs and on operations. */
export const shortNameSchema = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$/,
    'expected 1 to 63 characters of a-z, 0-9, dot, underscore and hyphen, starting and ending with a letter or digit',
  );

/** The id that these random bytes stand for; 12 of them are needed. */
export function idFrom(randomBytes: Uint8Array): string {
  return Array.from(randomBytes.subarray(0, idLength), (byte) => alphabet.charAt(byte % alphabet.length)).join('');
}

/** An instance is named by its place in its database, so that no step has to look it up. */
export function instanceIdOf(databaseId: string, instanceName: string): string {
  return `${databaseId}-${instanceName}`;
}
