import express, { type Express } from 'express';
import helmet from 'helmet';
import { pinoHttp } from 'pino-http';
import type { HealthDependencies } from '../process/readiness';
import type { ApiDependencies } from './dependencies';
import { auditRefusals } from './http/audit-refusals';
import { authenticate } from './http/authenticate';
import { cachingOfAnswers } from './http/caching';
import { leaveEtagsToUs } from './http/etag';
import { createIdempotency } from './http/idempotency';
import { limitFailedLogins, limitKeys, limitUrl } from './http/limits';
import { healthRoutes } from './http/liveness';
import { errorHandler, notFound } from './http/problem';
import { nextRequestId, requestIdOf } from './http/request-id';
import { serve } from './http/route';
import { traceIdOf } from './http/trace';
import { errorPages } from './openapi/error-pages';
import { referencePages } from './openapi/pages';
import { allRoutes } from './routes';

export function createApp(dependencies: ApiDependencies, health: HealthDependencies): Express {
  const { limits } = dependencies;
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  leaveEtagsToUs(app);
  app.set('trust proxy', [...limits.trustedProxies]);
  app.use(
    pinoHttp({
      logger: dependencies.logger,
      genReqId: nextRequestId,
      // The same field names as in the worker's log.
      customProps: (request) => ({ requestId: requestIdOf(request), traceId: traceIdOf(request) }),
      // Method, path and status only: headers would put API keys into the log.
      serializers: {
        req: ({ method, url }: { method: string; url: string }) => ({ method, url }),
        res: ({ statusCode }: { statusCode: number }) => ({ statusCode }),
      },
      customLogLevel: (_request, response, error) =>
        error !== undefined || response.statusCode >= 500 ? 'error' : 'debug',
    }),
  );
  app.use(dependencies.requests.measure);
  app.use(helmet());
  app.use(limitUrl);
  const routes = allRoutes(dependencies);
  app.use(referencePages(routes), errorPages());
  app.use(cachingOfAnswers);
  app.use(healthRoutes(health));
  const failedLogins = limitFailedLogins(limits);
  const login = authenticate(dependencies.store, dependencies.logger);
  app.use(['/v1', '/metrics'], failedLogins.before, login, limitKeys(limits));
  app.use(serve(routes, createIdempotency(dependencies), dependencies.store.installation.requireReleased));
  app.use(notFound);
  app.use(failedLogins.after);
  app.use(auditRefusals(dependencies));
  app.use(errorHandler);
  return app;
}
