import { proxyBefore, throughProxy } from './tcp-proxy';

/** A proxy for a server that records every statement. */
export interface Statements {
  /** The URL of a database on the server, through the proxy. */
  through(databaseUrl: string): string;
  /** The statements since the last `take`, in order. */
  take(): string[];
  close(): Promise<void>;
}

export async function watchStatements(server: string): Promise<Statements> {
  const seen: string[] = [];
  const proxy = await proxyBefore(server, {
    newJudge() {
      const statementsOf = readStatements();
      return (chunk) => {
        seen.push(...statementsOf(chunk));
        return 'pass';
      };
    },
  });
  return { through: (url) => throughProxy(url, proxy), take: () => seen.splice(0), close: proxy.close };
}

/** Parses one client's byte stream; returns the statements completed by each chunk (PostgreSQL, 54.7: Parse, Query). */
export function readStatements(): (chunk: Buffer) => string[] {
  let rest: Buffer = Buffer.alloc(0);
  let hasStarted = false;
  return (chunk) => {
    const statements: string[] = [];
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      // The first message of a connection has no type byte.
      const at = hasStarted ? 1 : 0;
      if (rest.length < at + 4) return statements;
      const end = at + rest.readInt32BE(at);
      if (rest.length < end) return statements;
      const type = hasStarted ? String.fromCharCode(rest[0] ?? 0) : '';
      const [first = '', second = ''] = rest
        .subarray(at + 4, end)
        .toString('utf8')
        .split('\0');
      if (type === 'Q') statements.push(first);
      if (type === 'P') statements.push(second);
      hasStarted = true;
      rest = rest.subarray(end);
    }
  };
}
