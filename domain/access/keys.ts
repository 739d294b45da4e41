import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { type Role, roleNames, roles } from './permissions';

/** Random bytes in a key: as many as its digest has, so that a digest at rest cannot be searched for. */
export const keySecretBytes = 32;

const checksumLength = 6;

/** `slw_<id>_<secret><checksum>`: the secret is 43 characters of base64url (RFC 4648), the checksum 6. */
const keyPattern = /^slw_([a-z2-7]{12})_([A-Za-z0-9_-]{43})([A-Za-z0-9_-]{6})$/;

export const roleSchema = z.enum(roleNames as [Role, ...Role[]]);

/** How long a key works beside the one that takes its place, in seconds: an hour, or up to a month. */
export const defaultOverlapSeconds = 3_600;
export const maxOverlapSeconds = 30 * 86_400;

/** What a key lets its bearer do: as whom, for whom, until when. */
export interface Grant {
  readonly role: Role;
  /** Null for one of the installation. */
  readonly tenantId: string | null;
  /** Null for one that does not expire. */
  readonly expiresAt: Date | null;
}

/** A key as its bearer has it. */
export function keyText(id: string, secret: Uint8Array): string {
  const body = `slw_${id}_${Buffer.from(secret).toString('base64url')}`;
  return body + checksumOf(body);
}

/** The id in a key; null for what is no key, or a mistyped one. */
export function keyIdOf(text: string): string | null {
  const [, id, , checksum] = keyPattern.exec(text) ?? [];
  if (id === undefined || checksum === undefined) return null;
  return checksumOf(text.slice(0, -checksumLength)) === checksum ? id : null;
}

/** What is kept of a key. No salt and no stretching: what is digested is random, and cannot be guessed. */
export function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Whether the digest is that of the key; takes the same time whatever the key is. */
export function isKeyOf(text: string, digest: Uint8Array): boolean {
  return digest.length === 32 && timingSafeEqual(digestOf(text), digest);
}

/** Whether who has the one grant may give the other: none of its permissions, tenants or days is beyond the giver's. */
export function mayGrant(grantor: Grant, granted: Grant): boolean {
  const grantorPermissions: readonly string[] = roles[grantor.role];
  const isInRole = roles[granted.role].every((permission) => grantorPermissions.includes(permission));
  const isInTenant = grantor.tenantId === null || grantor.tenantId === granted.tenantId;
  const isInTime = grantor.expiresAt === null || (granted.expiresAt !== null && granted.expiresAt <= grantor.expiresAt);
  return isInRole && isInTenant && isInTime;
}

/** Tells a mistyped key apart, and keys from all else for those who look for secrets; it hides nothing. */
function checksumOf(body: string): string {
  return createHash('sha256').update(body).digest('base64url').slice(0, checksumLength);
}
