import type { HostAgent } from '../../agent/client';
import type { Quota } from '../../domain/capacity/quotas';
import { type Problem, problemOfError } from '../../domain/errors';
import type { HostWithLoad } from '../../store/capacity/hosts';
import type { SeenWorker } from '../../store/capacity/workers';

type HostState = Awaited<ReturnType<HostAgent['state']>>;

/** A host with its state as reported by its worker, or the reason why that is unknown. */
export interface SeenHost {
  readonly host: HostWithLoad;
  readonly seen: { readonly state: HostState } | { readonly error: Problem };
}

/** Asks a host's worker for its state. Never rejects: an operator wants to see that a worker is unavailable. */
export async function seen(hostAgent: HostAgent, host: HostWithLoad): Promise<SeenHost> {
  try {
    return { host, seen: { state: await hostAgent.state(host.id) } };
  } catch (error) {
    return { host, seen: { error: problemOfError(error) } };
  }
}

export function hostView({ host, seen: found }: SeenHost): object {
  const { id, labels, state, lastSeenAt, cordoned, engineId, capacity, used, instances } = host;
  const { address, portFrom, portTo, addressPool } = host;
  const known = 'state' in found;
  return {
    id,
    labels,
    state,
    lastSeenAt,
    cordoned,
    engineId,
    address,
    portRange: { from: portFrom, to: portTo },
    addressPool,
    capacity,
    used,
    instances,
    workers: host.workers.map(workerView),
    worker: known ? { answers: true, error: null } : { answers: false, error: found.error },
    breaker: known ? found.state.breaker : null,
    calls: known ? found.state.calls : null,
  };
}

function workerView({ id, build, contract, startedAt, lastSeenAt }: SeenWorker): object {
  return { id, build, contract, startedAt: startedAt.toISOString(), lastSeenAt: lastSeenAt.toISOString() };
}

export function quotaView(tenantId: string, { limits, used }: Quota): object {
  return {
    tenantId,
    databases: { limit: limits.databases, used: used.databases },
    nanoCpus: { limit: limits.nanoCpus, used: used.nanoCpus },
    memoryBytes: { limit: limits.memoryBytes, used: used.memoryBytes },
  };
}
