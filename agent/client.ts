import type { BackendStatus } from '../containers/resilience/status';
import { DatabaseError, type ErrorDetails, isErrorCode } from '../databases/errors';
import type { Resource } from '../databases/resources';
import type { Store } from '../store/store';
import { openMessages } from './follow-client';
import type {
  FollowMessage,
  FollowQuery,
  InstanceQuery,
  InstanceReading,
  LogEntry,
  LogsQuery,
  ObserveQuery,
} from './protocol';

/** Which instance, and where. */
type At<Query> = Query & { readonly hostId: string };

export interface HostAgent {
  /** The last lines of an instance's log, oldest first. Throws `backend_unavailable` when the host's worker is away. */
  logs(query: At<LogsQuery>): Promise<LogEntry[]>;
  /**
   * An instance's log as it is written, until its end, a problem, or the signal. Throws `backend_unavailable`, also later
   * and within the loop, when the host's worker is away; once the signal is aborted, its reason.
   */
  followLogs(query: At<FollowQuery>, signal: AbortSignal): Promise<AsyncIterable<FollowMessage>>;
  /** What an instance uses. Throws `backend_unavailable` when the host's worker is away. */
  usage(query: At<InstanceQuery>): Promise<InstanceReading>;
  /** What a host has of a database now. Throws `backend_unavailable` when the host's worker is away. */
  observe(query: At<ObserveQuery>): Promise<Resource[]>;
  /** How its worker finds the host; at once, as the host itself is not asked. Throws `backend_unavailable` likewise. */
  state(hostId: string): Promise<BackendStatus>;
}

const requestTimeoutMs = 10_000;

/** Nothing is done for this one: a worker that takes longer does not answer. */
const stateTimeoutMs = 2_000;

/** Reads of a host, asked of the worker that serves it at the address under which it has registered. */
export function createHostAgent(store: Store, agentKey: string): HostAgent {
  async function urlOf(path: string, { hostId, ...query }: At<object>): Promise<URL> {
    const agentUrl = await store.hosts.agentUrl(hostId);
    if (agentUrl === null) throw new DatabaseError('backend_unavailable', `host ${hostId} is not registered`);
    const url = new URL(path, agentUrl);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    return url;
  }

  return {
    async logs(query) {
      return (await get(await urlOf('/logs', query), agentKey, query.hostId)) as LogEntry[];
    },

    async followLogs(query, signal) {
      const { hostId } = query;
      const url = await urlOf('/logs/follow', query);
      const answer = await reached(hostId, signal, () => openMessages(url, agentKey, requestTimeoutMs, signal));
      if (answer instanceof Response) throw await refusalOf(answer, hostId);
      return whileReached(hostId, signal, answer);
    },

    async usage(query) {
      return (await get(await urlOf('/usage', query), agentKey, query.hostId)) as InstanceReading;
    },

    async observe(query) {
      return (await get(await urlOf('/observe', query), agentKey, query.hostId)) as Resource[];
    },

    async state(hostId) {
      return (await get(await urlOf('/state', { hostId }), agentKey, hostId, stateTimeoutMs)) as BackendStatus;
    },
  };
}

async function get(url: URL, agentKey: string, hostId: string, timeoutMs = requestTimeoutMs): Promise<unknown> {
  const signal = AbortSignal.timeout(timeoutMs);
  const response = await reached(hostId, undefined, () =>
    fetch(url, { headers: { authorization: `Bearer ${agentKey}` }, signal }),
  );
  if (response.ok) return response.json();
  throw await refusalOf(response, hostId);
}

/** @param caller whose going is not the worker's fault */
async function reached<T>(hostId: string, caller: AbortSignal | undefined, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    caller?.throwIfAborted();
    throw new DatabaseError('backend_unavailable', `the worker of host ${hostId} did not answer`, {}, { cause: error });
  }
}

async function* whileReached<T>(hostId: string, caller: AbortSignal, stream: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* stream;
  } catch (error) {
    caller.throwIfAborted();
    throw new DatabaseError('backend_unavailable', `the worker of host ${hostId} went away`, {}, { cause: error });
  }
}

async function refusalOf(response: Response, hostId: string): Promise<DatabaseError> {
  const { code, detail, details } = await problemIn(response);
  const message = `the worker of host ${hostId} answered ${response.status}: ${detail ?? 'no reason'}`;
  return new DatabaseError(isErrorCode(code) && code !== 'unauthenticated' ? code : 'backend_error', message, details);
}

interface AgentProblem {
  readonly code?: unknown;
  readonly detail?: unknown;
  readonly details?: ErrorDetails;
}

/** Something else may listen where a worker was. */
async function problemIn(response: Response): Promise<AgentProblem> {
  try {
    return Object(await response.json()) as AgentProblem;
  } catch {
    return {};
  }
}
