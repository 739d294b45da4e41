import type { DataConverter } from '@temporalio/common';
import { createPayloadCodec } from './payload-codec';

/** Loaded by its path, because code in the workflow sandbox is bundled. */
export const failureConverterPath = require.resolve('../workflows/failure-converter');

export interface PayloadKeys {
  readonly secretKey: Buffer;
  readonly formerSecretKeys: readonly Buffer[];
}

/** Reads encrypted payloads even if new ones are not encrypted, so that encryption can be turned off again. */
export function dataConverterOf({ secretKey, formerSecretKeys }: PayloadKeys, isEncrypted: boolean): DataConverter {
  const codec = createPayloadCodec(secretKey, formerSecretKeys);
  if (isEncrypted) return { payloadCodecs: [codec], failureConverterPath };
  return { payloadCodecs: [{ decode: codec.decode, encode: async (payloads) => payloads }] };
}

/** The path of the variant of a workflow bundle that handles encrypted payloads. */
export function encryptedBundleOf(file: string): string {
  return file.replace(/(\.js)?$/, '.encrypted.js');
}
