import { Agent } from 'node:http';
import { callOf, send } from '../http';
import { benchSize } from '../raw';

/**
 * Calls one API with a tenant's key, over keep-alive connections of their own for each kind of call. A call rejects if
 * the response's status is not the expected one.
 */
export interface Caller {
  livez(): Promise<void>;
  /**
   * Rotates through the reads that clients make most: lists of databases and operations, one of each, and the quota.
   */
  read(): Promise<void>;
  /** A create with an Idempotency-Key. */
  accept(): Promise<void>;
  close(): void;
}

const maxSockets = 64;

export function createCaller(url: string, key: string): Caller {
  const newAgent = () => new Agent({ keepAlive: true, maxSockets });
  const agents = { livez: newAgent(), read: newAgent(), accept: newAgent() };
  let last: { readonly database: string; readonly operation: string } | undefined;
  let serial = 0;
  let turn = 0;

  async function ask(agent: Agent, method: string, path: string, expected: number, body?: object): Promise<string> {
    const { status, text } = await send(agent, url, callOf(key, method, path, body));
    if (status !== expected) throw new Error(`${method} ${path}: ${status} ${text}`);
    return text;
  }

  return {
    async livez() {
      await ask(agents.livez, 'GET', '/livez', 200);
    },
    async read() {
      const paths = ['/v1/databases?pageSize=20', '/v1/quota', '/v1/operations?pageSize=20'];
      if (last !== undefined) paths.push(`/v1/databases/${last.database}`, `/v1/operations/${last.operation}`);
      turn += 1;
      await ask(agents.read, 'GET', paths[turn % paths.length] ?? '', 200);
    },
    async accept() {
      serial += 1;
      const body = { name: `load-${serial}`, version: '17', size: benchSize };
      const { operation, database } = JSON.parse(await ask(agents.accept, 'POST', '/v1/databases', 202, body)) as {
        readonly operation: { readonly id: string };
        readonly database: { readonly id: string };
      };
      last = { database: database.id, operation: operation.id };
    },
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}
