import { Registry } from 'prom-client';
import { z } from 'zod';
import { seen } from '../capacity/views';
import type { ApiDependencies } from '../dependencies';
import { type Route, route } from '../http/route';
import { addDeliveries } from './deliveries';
import { addHealthChecks } from './health-checks';
import { addHosts } from './hosts';
import { addPool } from './pool';
import { addReconcilers } from './reconcilers';
import { addDatabases, addOperations, addTimes } from './records';

/**
 * Current metrics in Prometheus's text format. Requests and statements are counted in this process; everything else is
 * read for each scrape, so it cannot drift from the records.
 */
export function metricsRoute({ store, hostAgent, catalogue, conflicts, requests, statements }: ApiDependencies): Route {
  return route({
    method: 'get',
    path: '/metrics',
    permission: 'metrics:read',
    tag: 'running',
    summary: 'Read current metrics in Prometheus format',
    answers: { 200: { description: 'The metrics', schema: z.string(), contentType: Registry.PROMETHEUS_CONTENT_TYPE } },
    async handle({ response }) {
      const [
        databases,
        operations,
        durations,
        ages,
        deliveries,
        deliveryAges,
        reconcilers,
        checks,
        latenessSeconds,
        hosts,
      ] = await Promise.all([
        store.counts.databases(),
        store.counts.operations(),
        store.counts.durations(),
        store.counts.ages(),
        store.counts.deliveries(),
        store.counts.deliveryAges(),
        store.reconcilers.list(),
        store.healthChecks.counts(),
        store.healthChecks.latenessSeconds(),
        store.hosts.list().then((all) => Promise.all(all.map((host) => seen(hostAgent, host)))),
      ]);
      const registry = new Registry();
      addDatabases(registry, databases, Object.keys(catalogue.images));
      addOperations(registry, operations, conflicts);
      addTimes(registry, durations, ages);
      addReconcilers(registry, reconcilers);
      addHealthChecks(registry, checks, latenessSeconds);
      addDeliveries(registry, deliveries, deliveryAges);
      addPool(registry, store.pool());
      addHosts(registry, hosts);
      const all = Registry.merge([registry, requests.registry, statements.registry]);
      response.type(all.contentType).send(await all.metrics());
    },
  });
}
