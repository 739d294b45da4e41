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

/** The id that these random bytes stand for; 12 of them are needed. */
export function idFrom(randomBytes: Uint8Array): string {
  return Array.from(randomBytes.subarray(0, idLength), (byte) => alphabet.charAt(byte % alphabet.length)).join('');
}

/** An instance is named by its place in its database, so that no step has to look it up. */
export function instanceIdOf(databaseId: string, instanceName: string): string {
  return `${databaseId}-${instanceName}`;
}
