/** One piece of a container's output. */
export interface Frame {
  readonly stream: 'stdout' | 'stderr';
  readonly data: Buffer;
}

const headerBytes = 8;

/**
 * Splits Docker's multiplexed stream (Docker Engine API, `POST /containers/{id}/attach`, stream format): a header with
 * the stream's number and the length, then so many bytes. A loop, and not dockerode's `demuxStream`, which recurses
 * and dies on many short lines.
 */
export async function* frames(chunks: Iterable<Buffer> | AsyncIterable<Buffer>): AsyncGenerator<Frame> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (rest.length - at >= headerBytes) {
      const length = rest.readUInt32BE(at + 4);
      if (rest.length - at < headerBytes + length) break;
      const stream = rest[at] === 2 ? 'stderr' : 'stdout';
      yield { stream, data: rest.subarray(at + headerBytes, at + headerBytes + length) };
      at += headerBytes + length;
    }
    rest = rest.subarray(at);
  }
}
