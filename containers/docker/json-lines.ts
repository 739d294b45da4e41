/** Reads newline-delimited JSON, the format of Docker's progress and events. */
export async function* jsonLines<Value>(chunks: AsyncIterable<Buffer>): AsyncGenerator<Value> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + chunk.toString('utf8')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.trim() !== '') yield JSON.parse(line) as Value;
    }
  }
  if (rest.trim() !== '') yield JSON.parse(rest) as Value;
}
