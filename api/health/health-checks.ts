import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { DatabaseError } from '../../domain/errors';
import { checkSettingsShape, checkStates } from '../../domain/health/checks';
import { idSchema } from '../../domain/ids';
import { type CheckRecord, checkVersion } from '../../store/health/health-checks';
import type { ApiDependencies } from '../dependencies';
import { authorOf } from '../http/author';
import { ifMatchOf, sendChanged, sendResource } from '../http/etag';
import { idParams, pageQuery, pageRequestOf } from '../http/query';
import { type Call, type Route, route } from '../http/route';
import { pageSchemaOf } from '../http/schemas';
import { checkResultSchema, checkSchema, healthSchema } from './schemas';
import { checkResultView, checkView, healthView } from './views';

const { intervalSeconds, timeoutSeconds, failureThreshold, successThreshold } = checkSettingsShape;

const patchSchema = z.strictObject({
  enabled: z.boolean().optional(),
  intervalSeconds: intervalSeconds.optional(),
  timeoutSeconds: timeoutSeconds.optional(),
  failureThreshold: failureThreshold.optional(),
  successThreshold: successThreshold.optional(),
});

/**
 * A manual run is awaited for the check's timeout plus `graceMs`, in which the container is inspected. The maximum is
 * `longestWaitMs`, because a request with an Idempotency-Key must be answered before its lease of 10 seconds expires.
 */
const graceMs = 3_000;
const longestWaitMs = 8_000;
const waitIntervalMs = 50;

const tag = 'health';

/** Health checks: whether clients can use their databases. */
export function healthCheckRoutes({ store, healthRunCooldownSeconds }: ApiDependencies): Route[] {
  /** The check after the requested run; null if the run has not ended in time. */
  async function ran(tenantId: string, { id, timeoutSeconds: seconds }: CheckRecord, requestedAt: Date) {
    const deadline = performance.now() + Math.min(seconds * 1000 + graceMs, longestWaitMs);
    while (performance.now() < deadline) {
      const check = await store.healthChecks.after(tenantId, id, requestedAt);
      if (check !== null) return check;
      await delay(waitIntervalMs);
    }
    return null;
  }

  return [
    route({
      method: 'get',
      path: '/v1/health',
      permission: 'health_check:read',
      tag,
      summary: "Read a summary of your databases' health",
      answers: {
        200: { description: 'The number of checks by state, and the databases that are down', schema: healthSchema },
      },
      async handle({ principal: { tenantId }, response }) {
        response.json(healthView(await store.healthChecks.summary(tenantId)));
      },
    }),

    route({
      method: 'get',
      path: '/v1/health-checks',
      permission: 'health_check:read',
      tag,
      summary: 'List health checks',
      answers: { 200: { description: 'A page of checks, newest first', schema: pageSchemaOf(checkSchema) } },
      query: z.strictObject({ ...pageQuery, databaseId: idSchema.optional(), state: z.enum(checkStates).optional() }),
      async handle({ principal: { tenantId }, query, response }) {
        const { items, nextPageToken } = await store.healthChecks.list(tenantId, query, pageRequestOf(query));
        response.json({ items: items.map(checkView), nextPageToken });
      },
    }),

    route({
      method: 'get',
      path: '/v1/health-checks/:id',
      permission: 'health_check:read',
      tag,
      summary: 'Read a health check',
      answers: { 200: { description: 'The check', schema: checkSchema } },
      problems: ['not_found'],
      params: idParams,
      async handle({ principal: { tenantId }, params: { id }, request, response }) {
        const check = await store.healthChecks.get(tenantId, id);
        if (check === null) throw new DatabaseError('not_found', `health check ${id} not found`);
        sendResource(request, response, checkVersion(check), checkView(check));
      },
    }),

    route({
      method: 'patch',
      path: '/v1/health-checks/:id',
      permission: 'health_check:update',
      action: 'health_check.update',
      tag,
      summary: 'Change a health check',
      answers: { 200: { description: 'The updated check', schema: checkSchema } },
      problems: ['not_found', 'precondition_failed'],
      params: idParams,
      body: patchSchema,
      async handle({ principal: { tenantId }, params: { id }, body: patch, request, response }) {
        const { change } = store.healthChecks;
        answerWith(response, await change(tenantId, id, patch, ifMatchOf(request), authorOf(request)));
      },
    }),

    route({
      method: 'post',
      path: '/v1/health-checks/:id/run',
      permission: 'health_check:update',
      action: 'health_check.run',
      tag,
      summary: 'Run a health check now',
      answers: {
        200: { description: 'The check after the run', schema: checkSchema },
        202: { description: 'The check is due but has not run yet', schema: checkSchema },
      },
      problems: ['not_found', 'state_conflict', 'rate_limited'],
      params: idParams,
      async handle({ principal: { tenantId }, params: { id }, request, response }) {
        const { requestRun } = store.healthChecks;
        const { check, requestedAt } = await requestRun(tenantId, id, healthRunCooldownSeconds, authorOf(request));
        const after = await ran(tenantId, check, requestedAt);
        if (after === null) response.status(202);
        answerWith(response, after ?? check);
      },
    }),

    route({
      method: 'get',
      path: '/v1/health-checks/:id/results',
      permission: 'health_check:read',
      tag,
      summary: "List a health check's results",
      answers: { 200: { description: 'A page of results, newest first', schema: pageSchemaOf(checkResultSchema) } },
      problems: ['not_found'],
      params: idParams,
      query: z.strictObject(pageQuery),
      async handle({ principal: { tenantId }, params: { id }, query, response }) {
        const { items, nextPageToken } = await store.healthChecks.results(tenantId, id, pageRequestOf(query));
        response.json({ items: items.map(checkResultView), nextPageToken });
      },
    }),
  ];
}

function answerWith(response: Call['response'], check: CheckRecord): void {
  sendChanged(response, checkVersion(check), checkView(check));
}
