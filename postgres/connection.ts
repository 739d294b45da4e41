export interface ConnectionInput {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
}

export interface Connection extends ConnectionInput {
  /** A connection URI (PostgreSQL, 32.1.1.2), with its parts percent-encoded. */
  readonly url: string;
}

export function connectionOf(input: ConnectionInput): Connection {
  const { host, port, database, user, password } = input;
  const authority = `${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}`;
  return { ...input, url: `postgresql://${authority}/${encodeURIComponent(database)}` };
}
