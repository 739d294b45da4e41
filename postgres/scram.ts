import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

/** PostgreSQL's default for `scram_iterations` (20.3.3). */
const iterations = 4096;

/** A new password: 32 random bytes in base64url, 43 characters that need no quoting anywhere. */
export function newPassword(): string {
  return randomBytes(32).toString('base64url');
}

/**
 * The verifier that PostgreSQL stores instead of a password (`pg_authid.rolpassword`, RFC 5803), so that the password
 * itself is never sent to the server. The password must be ASCII: SASLprep is then the identity.
 */
export function scramVerifier(password: string, salt: Buffer = randomBytes(16)): string {
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  const storedKey = createHash('sha256').update(clientKey).digest('base64');
  const serverKey = createHmac('sha256', salted).update('Server Key').digest('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}
