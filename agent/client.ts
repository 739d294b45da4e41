import { DatabaseError, isErrorCode } from '../databases/errors';
import type { Store } from '../store/store';
import type { LogsQuery } from './protocol';

export interface LogEntry {
  readonly at: string;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

export interface HostAgent {
  /** The last lines of an instance's log, oldest first. Throws `backend_unavailable` when the host's worker is away. */
  logs(query: LogsQuery & { readonly hostId: string }): Promise<LogEntry[]>;
}

const requestTimeoutMs = 10_000;

/** Reads of a host, asked of the worker that serves it at the address under which it has registered. */
export function createHostAgent(store: Store, agentKey: string): HostAgent {
  return {
    async logs({ hostId, ...query }) {
      const agentUrl = (await store.hosts.get(hostId))?.agentUrl;
      if (agentUrl === undefined) throw new DatabaseError('backend_unavailable', `host ${hostId} is not registered`);
      const url = new URL('/logs', agentUrl);
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
      return (await get(url, agentKey, hostId)) as LogEntry[];
    },
  };
}

async function get(url: URL, agentKey: string, hostId: string): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(url, {
      headers: { authorization: `Bearer ${agentKey}` },
      signal: AbortSignal.timeout(requestTimeoutMs),
    });
  } catch (error) {
    throw new DatabaseError('backend_unavailable', `the worker of host ${hostId} did not answer`, {}, { cause: error });
  }
  if (response.ok) return response.json();
  const { code, detail } = await problemIn(response);
  const message = `the worker of host ${hostId} answered ${response.status}: ${detail ?? 'no reason'}`;
  throw new DatabaseError(isErrorCode(code) && code !== 'unauthenticated' ? code : 'backend_error', message);
}

/** Something else may listen where a worker was. */
async function problemIn(response: Response): Promise<{ readonly code?: unknown; readonly detail?: unknown }> {
  try {
    return Object(await response.json()) as { code?: unknown; detail?: unknown };
  } catch {
    return {};
  }
}
