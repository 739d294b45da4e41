import type { BackendStatus } from '../containers/resilience/status';
import { DatabaseError, type ErrorDetails, isErrorCode } from '../domain/errors';
import type { Resource } from '../domain/planning/resources';
import { createConnections, HandshakeError, type WholeAnswer, wholeOf } from './connections';
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

/** A query, and the host to send it to. */
type At<Query> = Query & { readonly hostId: string };

export interface HostAgent {
  /**
   * The last lines of an instance's log, oldest first. Throws `backend_unavailable` if the host's worker is
   * unavailable.
   */
  logs(query: At<LogsQuery>): Promise<LogEntry[]>;
  /**
   * An instance's log as it is written, until its end, a problem, or the signal. Throws `backend_unavailable` if the
   * host's worker is unavailable, also during iteration; once the signal is aborted, throws its reason.
   */
  followLogs(query: At<FollowQuery>, signal: AbortSignal): Promise<AsyncIterable<FollowMessage>>;
  /** An instance's resource usage. Throws `backend_unavailable` if the host's worker is unavailable. */
  usage(query: At<InstanceQuery>): Promise<InstanceReading>;
  /** A database's current resources on a host. Throws `backend_unavailable` if the host's worker is unavailable. */
  observe(query: At<ObserveQuery>): Promise<Resource[]>;
  /**
   * The host's status according to its worker, at once: the host itself is not queried. Throws `backend_unavailable`
   * likewise.
   */
  state(hostId: string): Promise<BackendStatus>;
  /** Closes all connections. */
  close(): void;
}

const requestTimeoutMs = 10_000;

/** Shorter, because the response needs no work: a slower worker is unavailable. */
const stateTimeoutMs = 2_000;

/**
 * Reads a host through the worker that serves it.
 *
 * @param agentUrlOf the address that a host's worker registered; null for none
 * @param agentKey the `agentKeyOf` of the installation's secret key
 */
export function createHostAgent(agentUrlOf: (hostId: string) => Promise<string | null>, agentKey: Buffer): HostAgent {
  const connections = createConnections(agentKey);

  async function urlOf(path: string, { hostId, ...query }: At<object>): Promise<URL> {
    const agentUrl = await agentUrlOf(hostId);
    if (agentUrl === null) throw new DatabaseError('backend_unavailable', `host ${hostId} is not registered`);
    const url = new URL(path, agentUrl);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    return url;
  }

  async function read(path: string, query: At<object>, timeoutMs = requestTimeoutMs): Promise<unknown> {
    const url = await urlOf(path, query);
    const signal = AbortSignal.timeout(timeoutMs);
    const ask = async () => wholeOf(await connections.get(url, signal));
    const answer = await reached(query.hostId, undefined, ask);
    if (answer.status === 200) return JSON.parse(answer.text);
    throw refusalOf(answer, query.hostId);
  }

  return {
    async logs(query) {
      return (await read('/logs', query)) as LogEntry[];
    },

    async followLogs(query, signal) {
      const { hostId } = query;
      const url = await urlOf('/logs/follow', query);
      const answer = await reached(hostId, signal, () => openMessages(connections, url, requestTimeoutMs, signal));
      if ('status' in answer) throw refusalOf(answer, hostId);
      return whileReached(hostId, signal, answer);
    },

    async usage(query) {
      return (await read('/usage', query)) as InstanceReading;
    },

    async observe(query) {
      return (await read('/observe', query)) as Resource[];
    },

    async state(hostId) {
      return (await read('/state', { hostId }, stateTimeoutMs)) as BackendStatus;
    },

    close: connections.close,
  };
}

/** @param caller the caller's signal; its abort is not the worker's fault */
async function reached<T>(hostId: string, caller: AbortSignal | undefined, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    caller?.throwIfAborted();
    const worker = `the worker of host ${hostId}`;
    const message =
      error instanceof HandshakeError
        ? `${worker} has a different secret key, or something else is listening at its address`
        : `${worker} did not respond`;
    throw new DatabaseError('backend_unavailable', message, {}, { cause: error });
  }
}

async function* whileReached<T>(hostId: string, caller: AbortSignal, stream: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* stream;
  } catch (error) {
    caller.throwIfAborted();
    throw new DatabaseError(
      'backend_unavailable',
      `the connection to the worker of host ${hostId} was lost`,
      {},
      { cause: error },
    );
  }
}

function refusalOf({ status, text }: WholeAnswer, hostId: string): DatabaseError {
  const { code, detail, details } = problemIn(text);
  const message = `the worker of host ${hostId} responded with ${status}: ${detail ?? 'no reason given'}`;
  return new DatabaseError(isErrorCode(code) ? code : 'backend_error', message, details);
}

interface AgentProblem {
  readonly code?: unknown;
  readonly detail?: unknown;
  readonly details?: ErrorDetails;
}

/** A worker of another version may respond in another form. */
function problemIn(text: string): AgentProblem {
  try {
    return Object(JSON.parse(text)) as AgentProblem;
  } catch {
    return {};
  }
}
