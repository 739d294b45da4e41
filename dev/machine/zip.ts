import { inflateRawSync } from 'node:zlib';

// Offsets and signatures: APPNOTE.TXT of PKWARE, 4.3.7 (local header), 4.3.12 (central directory), 4.3.16 (its end).
const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;
const endLength = 22;
const methods = { stored: 0, deflated: 8 } as const;

/**
 * The contents of the first file in a zip archive whose name fits. Throws without one. Not for archives above 4 GiB.
 */
export function fileInZip(archive: Buffer, fits: (name: string) => boolean): Buffer {
  const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]), archive.length - endLength);
  if (end < 0 || archive.readUInt32LE(end) !== endSignature) throw new Error('this is not a zip archive');
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
    if (archive.readUInt32LE(at) !== entrySignature) throw new Error('the zip archive is damaged');
    const nameLength = archive.readUInt16LE(at + 28);
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength);
    if (fits(name)) return contentsOf(archive, at);
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  throw new Error('the zip archive has no such file');
}

/** @param entry the offset of the entry in the central directory */
function contentsOf(archive: Buffer, entry: number): Buffer {
  const method = archive.readUInt16LE(entry + 10);
  const length = archive.readUInt32LE(entry + 20);
  const header = archive.readUInt32LE(entry + 42);
  // The local header has its own extra field, whose length may differ.
  const start = header + 30 + archive.readUInt16LE(header + 26) + archive.readUInt16LE(header + 28);
  const bytes = archive.subarray(start, start + length);
  if (method === methods.stored) return bytes;
  if (method === methods.deflated) return inflateRawSync(bytes);
  throw new Error(`the zip archive uses compression method ${method}`);
}
