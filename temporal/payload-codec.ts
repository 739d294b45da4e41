import { createHmac } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { createCipher } from '../store/connection/cipher';

/** The plain-text metadata that marks a payload as encrypted. */
const encoding = Buffer.from('binary/encrypted');

/** The context that ciphertexts are bound to: no other sealed value can take the place of a payload. */
const context = 'a payload of Temporal';

/** A payload before it is sealed, in base64. */
interface PlainPayload {
  readonly metadata: Readonly<Record<string, string>>;
  readonly data: string;
}

/**
 * Encrypts the payloads of runs (AES-256-GCM) with a key derived from the secret key. Payloads encrypted with previous
 * keys, and unencrypted ones, stay readable, so that open runs continue when encryption is turned on or a key changes.
 * Decoding throws `secret_unreadable`, after which Temporal retries the task.
 */
export function createPayloadCodec(secretKey: Buffer, formerKeys: readonly Buffer[]): PayloadCodec {
  const cipher = createCipher(payloadKeyOf(secretKey), formerKeys.map(payloadKeyOf));
  return {
    async encode(payloads) {
      return payloads.map((payload) => {
        const { keyId, ciphertext } = cipher.seal(JSON.stringify(plainOf(payload)), context);
        return { metadata: { encoding, 'encryption-key-id': Buffer.from(keyId) }, data: ciphertext };
      });
    },
    async decode(payloads) {
      return payloads.map((payload) => {
        const { metadata, data } = payload;
        if (!encoding.equals(metadata?.encoding ?? new Uint8Array())) return payload;
        const keyId = Buffer.from(metadata?.['encryption-key-id'] ?? '').toString();
        return payloadOf(JSON.parse(cipher.open({ keyId, ciphertext: data ?? new Uint8Array() }, context)));
      });
    },
  };
}

function payloadKeyOf(secretKey: Buffer): Buffer {
  return createHmac('sha256', secretKey).update('slipway temporal payloads').digest();
}

function plainOf({ metadata, data }: Payload): PlainPayload {
  const entries = Object.entries(metadata ?? {}).map(([name, value]) => [name, base64(value)]);
  return { metadata: Object.fromEntries(entries), data: base64(data) };
}

function payloadOf({ metadata, data }: PlainPayload): Payload {
  const entries = Object.entries(metadata).map(([name, value]) => [name, Buffer.from(value, 'base64')]);
  return { metadata: Object.fromEntries(entries), data: Buffer.from(data, 'base64') };
}

function base64(bytes: Uint8Array | null | undefined): string {
  return Buffer.from(bytes ?? []).toString('base64');
}
