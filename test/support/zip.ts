import { crc32, deflateRawSync } from 'node:zlib';

/** A zip archive of these files. They are deflated; empty files are stored. */
export function zipOf(files: Readonly<Record<string, Buffer | string>>): Buffer {
  const locals: Buffer[] = [];
  const entries: Buffer[] = [];
  let offset = 0;
  for (const [file, content] of Object.entries(files)) {
    const bytes = Buffer.from(content);
    const name = Buffer.from(file);
    const isStored = bytes.length === 0;
    const data = isStored ? bytes : deflateRawSync(bytes);
    // Version, flags, method, time, date, checksum, sizes and name length: the same in both headers.
    const common = Buffer.alloc(24);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(isStored ? 0 : 8, 4);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(name.length, 22);
    // Only the local header has an extra field here.
    const extra = Buffer.from('extra');
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from([extra.length, 0]), name, extra, data]);
    const place = Buffer.alloc(16);
    place.writeUInt32LE(offset, 12);
    entries.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), common, place, name]));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(entries);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}
