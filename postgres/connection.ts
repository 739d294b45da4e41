export interface ConnectionInput {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
}

export interface Connection extends ConnectionInput {
  /** A connection URI, with its parts percent-encoded and an IPv6 host in brackets (PostgreSQL, 32.1.1.2). */
  readonly url: string;
}

export function connectionOf(input: ConnectionInput): Connection {
  const { port, database, user, password } = input;
  const host = input.host.includes(':') ? `[${input.host}]` : input.host;
  const authority = `${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}`;
  return { ...input, url: `postgresql://${authority}/${encodeURIComponent(database)}` };
}
