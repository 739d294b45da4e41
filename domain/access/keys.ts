import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { type Role, roleNames, roles } from './permissions';

/** Random bytes in a key: as many as its digest has, so that a stored digest cannot be brute-forced. */
export const keySecretBytes = 32;

const checksumLength = 6;

/** `slw_<id>_<secret><checksum>`: the secret is 43 characters of base64url (RFC 4648), the checksum 6. */
const keyPattern = /^slw_([a-z2-7]{12})_([A-Za-z0-9_-]{43})([A-Za-z0-9_-]{6})$/;

export const roleSchema = z.enum(roleNames as [Role, ...Role[]]);

/** How long a replaced key stays valid, in seconds. */
export const defaultOverlapSeconds = 3_600;
export const maxOverlapSeconds = 30 * 86_400;

/** The rights of a key: role, tenant and expiry. */
export interface Grant {
  readonly role: Role;
  /** Null for a key of the installation. */
  readonly tenantId: string | null;
  /** Null for a key that does not expire. */
  readonly expiresAt: Date | null;
}

/** A key in the form of `keyPattern`, as callers send it. */
export function keyText(id: string, secret: Uint8Array): string {
  const body = `slw_${id}_${Buffer.from(secret).toString('base64url')}`;
  return body + checksumOf(body);
}

/** The id in a key; null for a mistyped key and for any other text. */
export function keyIdOf(text: string): string | null {
  const [, id, , checksum] = keyPattern.exec(text) ?? [];
  if (id === undefined || checksum === undefined) return null;
  return checksumOf(text.slice(0, -checksumLength)) === checksum ? id : null;
}

/** The digest stored for a key. It needs no salt and no key stretching: the secret is random and cannot be guessed. */
export function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Whether the digest is that of the key; compares in constant time. */
export function isKeyOf(text: string, digest: Uint8Array): boolean {
  return digest.length === 32 && timingSafeEqual(digestOf(text), digest);
}

/** Whether the holder of a grant may give another; it must not exceed the holder's permissions, tenant or expiry. */
export function mayGrant(grantor: Grant, granted: Grant): boolean {
  const grantorPermissions: readonly string[] = roles[grantor.role];
  const isInRole = roles[granted.role].every((permission) => grantorPermissions.includes(permission));
  const isInTenant = grantor.tenantId === null || grantor.tenantId === granted.tenantId;
  const isInTime = grantor.expiresAt === null || (granted.expiresAt !== null && granted.expiresAt <= grantor.expiresAt);
  return isInRole && isInTenant && isInTime;
}

/** Detects mistyped keys, and helps secret scanners to recognise keys. */
function checksumOf(body: string): string {
  return createHash('sha256').update(body).digest('base64url').slice(0, checksumLength);
}
