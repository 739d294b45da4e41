import { z } from 'zod';

const idLength = 12;
const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';

/** An id issued by Slipway: 12 characters of lower-case base32 (RFC 4648), 60 bits, valid in any name and URL. */
export const idSchema = z
  .string()
  .regex(new RegExp(`^[${alphabet}]{${idLength}}$`), `expected an id: ${idLength} characters of a-z and 2-7`);

/** The id of an instance: its database's id and its own name. */
export const instanceIdSchema = z
  .string()
  .regex(
    new RegExp(`^[${alphabet}]{${idLength}}-[a-z0-9-]{1,40}$`),
    'expected an instance id such as <database id>-primary',
  );

/** The tenant that always exists; keys of the installation act for it when they name no tenant. */
export const defaultTenantId = 'default';

export const tenantIdSchema = z
  .string()
  .regex(
    new RegExp(`^(${defaultTenantId}|[${alphabet}]{${idLength}})$`),
    `expected ${defaultTenantId} or an id: ${idLength} characters of a-z and 2-7`,
  );

/** The name of a key or a tenant, shown in logs and on operations. */
export const shortNameSchema = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$/,
    'expected 1 to 63 characters of a-z, 0-9, dot, underscore and hyphen, starting and ending with a letter or digit',
  );

/** The id made from random bytes, of which it needs 12. */
export function idFrom(randomBytes: Uint8Array): string {
  return Array.from(randomBytes.subarray(0, idLength), (byte) => alphabet.charAt(byte % alphabet.length)).join('');
}

/** An instance's id follows from its database and name, so that no step has to look it up. */
export function instanceIdOf(databaseId: string, instanceName: string): string {
  return `${databaseId}-${instanceName}`;
}
