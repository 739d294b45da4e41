import { Gauge, type Registry } from 'prom-client';
import type { SeenHost } from '../capacity/views';

const breakerStates = ['closed', 'open', 'half_open'] as const;

/** The hosts. The breaker and the calls of a host are unknown, and left out, while its worker does not respond. */
export function addHosts(registry: Registry, hosts: readonly SeenHost[]): void {
  const gauge = (name: string, help: string, ...labelNames: string[]) =>
    new Gauge({ name, help, labelNames: ['host', ...labelNames], registers: [registry] });
  const up = gauge('slipway_host_worker_up', "Whether the host's worker responds.");
  const instances = gauge('slipway_host_instances', 'Instances on the host.');
  const breaker = gauge(
    'slipway_host_breaker_state',
    "The host's circuit breaker: 1 for the current state, else 0.",
    'state',
  );
  const running = gauge('slipway_host_calls_running', 'Calls to the host that are running.');
  const waiting = gauge('slipway_host_calls_waiting', 'Calls to the host that are waiting.');
  const most = gauge('slipway_host_calls_max', 'Maximum number of concurrent calls to the host.');
  for (const { host: record, seen } of hosts) {
    const host = record.id;
    up.set({ host }, 'state' in seen ? 1 : 0);
    instances.set({ host }, record.instances);
    if (!('state' in seen)) continue;
    const { calls, breaker: found } = seen.state;
    for (const state of breakerStates) breaker.set({ host, state }, state === found.state ? 1 : 0);
    running.set({ host }, calls.running);
    waiting.set({ host }, calls.waiting);
    most.set({ host }, calls.most);
  }
}
