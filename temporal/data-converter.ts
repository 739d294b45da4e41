import type { DataConverter } from '@temporalio/common';
import { createPayloadCodec } from './payload-codec';

/** Loaded by its path: what runs in the workflows' own realm is bundled. */
export const failureConverterPath = require.resolve('../workflows/failure-converter');

export interface PayloadKeys {
  readonly secretKey: Buffer;
  readonly formerSecretKeys: readonly Buffer[];
}

/** Encrypted payloads are read whether or not new ones are encrypted, so that encryption can be switched off again. */
export function dataConverterOf({ secretKey, formerSecretKeys }: PayloadKeys, isEncrypted: boolean): DataConverter {
  const codec = createPayloadCodec(secretKey, formerSecretKeys);
  if (isEncrypted) return { payloadCodecs: [codec], failureConverterPath };
  return { payloadCodecs: [{ decode: codec.decode, encode: async (payloads) => payloads }] };
}

/** The file beside a bundle of workflows that is for encrypted payloads. */
export function encryptedBundleOf(file: string): string {
  return file.replace(/(\.js)?$/, '.encrypted.js');
}
