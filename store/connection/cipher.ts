import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { DatabaseError } from '../../domain/errors';

const nonceBytes = 12;
const tagBytes = 16;

/** A secret at rest: `ciphertext` is nonce (12 bytes), tag (16 bytes) and the encrypted text, under the key `keyId`. */
export interface Sealed {
  readonly keyId: string;
  readonly ciphertext: Uint8Array<ArrayBuffer>;
}

export interface Cipher {
  /** The id of the key that seals. */
  readonly keyId: string;
  /** Binds the secret to `context`: it cannot be opened in another. */
  seal(plaintext: string, context: string): Sealed;
  /** Throws `secret_unreadable`. */
  open(sealed: { readonly keyId: string; readonly ciphertext: Uint8Array }, context: string): string;
}

/** AES-256-GCM (NIST SP 800-38D) with a random nonce per secret. `key` seals; it and the former keys open. */
export function createCipher(key: Buffer, formerKeys: readonly Buffer[] = []): Cipher {
  const keyId = keyIdOf(key);
  const keys = new Map([...formerKeys, key].map((known) => [keyIdOf(known), known]));
  return {
    keyId,
    seal(plaintext, context) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context));
      const encrypted = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
      return { keyId, ciphertext: new Uint8Array(Buffer.concat([nonce, cipher.getAuthTag(), encrypted])) };
    },
    open(sealed, context) {
      const sealedBy = keys.get(sealed.keyId);
      if (sealedBy === undefined) {
        throw new DatabaseError(
          'secret_unreadable',
          `${context} was encrypted with secret key ${sealed.keyId}; this process has ${[...keys.keys()].join(', ')}`,
        );
      }
      const bytes = Buffer.from(sealed.ciphertext);
      try {
        // Without the length a truncated tag would be accepted, which is easier to guess (SP 800-38D, 5.2.1.2).
        const decipher = createDecipheriv('aes-256-gcm', sealedBy, bytes.subarray(0, nonceBytes), {
          authTagLength: tagBytes,
        })
          .setAAD(Buffer.from(context))
          .setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
        return decipher.update(bytes.subarray(nonceBytes + tagBytes), undefined, 'utf8') + decipher.final('utf8');
      } catch (error) {
        throw new DatabaseError(
          'secret_unreadable',
          `${context} was changed after it was encrypted`,
          {},
          { cause: error },
        );
      }
    },
  };
}

/** Short and public: it distinguishes keys, and does not help to guess one. */
function keyIdOf(key: Buffer): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 8);
}
