import { proxyBefore, throughProxy } from './tcp-proxy';

/** A way to a server on which every statement is seen. */
export interface Statements {
  /** The URL of a database on the server, by this way. */
  through(databaseUrl: string): string;
  /** The statements since it was last asked, in order. */
  take(): string[];
  close(): Promise<void>;
}

/** Reads the protocol's messages Parse and Query (PostgreSQL, 54.7) of every connection. */
export async function watchStatements(server: string): Promise<Statements> {
  const seen: string[] = [];
  const proxy = await proxyBefore(server, {
    newJudge() {
      let rest: Buffer = Buffer.alloc(0);
      let hasStarted = false;
      return (chunk) => {
        rest = Buffer.concat([rest, chunk]);
        for (;;) {
          // The first message of a connection has no type.
          const at = hasStarted ? 1 : 0;
          if (rest.length < at + 4) return 'pass';
          const end = at + rest.readInt32BE(at);
          if (rest.length < end) return 'pass';
          const type = hasStarted ? String.fromCharCode(rest[0] ?? 0) : '';
          const [first = '', second = ''] = rest
            .subarray(at + 4, end)
            .toString('utf8')
            .split('\0');
          if (type === 'Q') seen.push(first);
          if (type === 'P') seen.push(second);
          hasStarted = true;
          rest = rest.subarray(end);
        }
      };
    },
  });
  return { through: (url) => throughProxy(url, proxy), take: () => seen.splice(0), close: proxy.close };
}
