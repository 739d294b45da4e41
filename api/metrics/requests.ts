import type { RequestHandler } from 'express';
import { Counter, Histogram, Registry } from 'prom-client';

/** Seconds: from an answer out of memory to a wait for an operation's end. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60];

export interface RequestMetrics {
  readonly registry: Registry;
  /** Measures every request from here to its answer's end. */
  readonly measure: RequestHandler;
  /** An operation was accepted. */
  accepted(kind: string): void;
  /** One was refused that the audit does not have, as there are too many. */
  refusalNotAudited(code: string): void;
}

/** What this process has answered since it started, by route: a path as it is defined, never as it was asked. */
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
