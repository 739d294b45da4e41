import type { RequestHandler } from 'express';
import { Counter, Histogram, Registry } from 'prom-client';

/** In seconds: from a response served from memory to one that waits for an operation to end. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60];

export interface RequestMetrics {
  readonly registry: Registry;
  /** Measures every request, from this middleware to the end of the response. */
  readonly measure: RequestHandler;
  /** Counts an accepted operation. */
  accepted(kind: string): void;
  /** Counts a refusal that is not audited because its key or address exceeded the limit. */
  refusalNotAudited(code: string): void;
}

/** The requests of this process since its start, by route: the path as defined, never the path of the request. */
export function createRequestMetrics(): RequestMetrics {
  const registry = new Registry();
  const duration = new Histogram({
    name: 'slipway_http_request_duration_seconds',
    help: 'Duration of requests, by method, route and status.',
    labelNames: ['method', 'route', 'status'],
    buckets,
    registers: [registry],
  });
  const accepts = new Counter({
    name: 'slipway_operations_accepted_total',
    help: 'Operations accepted by this API, by kind.',
    labelNames: ['kind'],
    registers: [registry],
  });
  const notAudited = new Counter({
    name: 'slipway_refusals_not_audited_total',
    help: 'Refusals left out of the audit because their key or address exceeded its limit per minute.',
    labelNames: ['code'],
    registers: [registry],
  });
  return {
    registry,
    measure(request, response, next) {
      const end = duration.startTimer();
      response.once('close', () => {
        const { path = 'none' } = (request.route ?? {}) as { path?: string };
        end({ method: request.method, route: path, status: response.statusCode });
      });
      next();
    },
    accepted: (kind) => accepts.inc({ kind }),
    refusalNotAudited: (code) => notAudited.inc({ code }),
  };
}
