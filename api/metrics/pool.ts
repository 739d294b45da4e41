import { Gauge, type Registry } from 'prom-client';
import type { PoolLoad } from '../../store/connection/client';

/** The connections of this API to the store. */
export function addPool(registry: Registry, { open, idle, waiting, max, limits }: PoolLoad): void {
  const connections = new Gauge({
    name: 'slipway_store_connections',
    help: 'Connections of this API to the store, by state.',
    labelNames: ['state'],
    registers: [registry],
  });
  connections.set({ state: 'busy' }, open - idle);
  connections.set({ state: 'idle' }, idle);
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers: [registry] });
  gauge('slipway_store_connections_max', 'Maximum number of connections of this API to the store.').set(max);
  gauge('slipway_store_connections_waited_for', 'Callers waiting for a connection to the store.').set(waiting);
  const timeouts = new Gauge({
    name: 'slipway_store_connection_limit_seconds',
    help: 'Limits of connections of this API to the store as its pool has them; 0 for none.',
    labelNames: ['limit'],
    registers: [registry],
  });
  timeouts.set({ limit: 'connect' }, limits.connectTimeoutMs / 1000);
  timeouts.set({ limit: 'idle' }, limits.idleTimeoutMs / 1000);
  timeouts.set({ limit: 'lifetime' }, limits.maxLifetimeSeconds);
}
