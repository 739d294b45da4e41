import { Registry } from 'prom-client';
import { z } from 'zod';
import type { ApiDependencies } from '../dependencies';
import { seen } from '../hosts';
import { type Route, route } from '../route';
import { addHosts } from './hosts';
import { addDatabases, addOperations } from './records';

/** The figures of now in Prometheus's text format. All but the conflicts are read when asked for: none can drift. */
export function metricsRoute({ store, hostAgent, catalogue, conflicts }: ApiDependencies): Route {
  return route({
    method: 'get',
    path: '/metrics',
    permission: 'metrics:read',
    tag: 'running',
    summary: 'Read the figures of now for Prometheus',
    answers: { 200: { description: 'The figures', schema: z.string(), contentType: Registry.PROMETHEUS_CONTENT_TYPE } },
    async handle({ response }) {
      const [databases, operations, hosts] = await Promise.all([
        store.counts.databases(),
        store.counts.operations(),
        store.hosts.list().then((all) => Promise.all(all.map((host) => seen(hostAgent, host)))),
      ]);
      const registry = new Registry();
      addDatabases(registry, databases, Object.keys(catalogue.images));
      addOperations(registry, operations, conflicts);
      addHosts(registry, hosts);
      response.type(registry.contentType).send(await registry.metrics());
    },
  });
}
