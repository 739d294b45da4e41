import express, { type Express } from 'express';
import helmet from 'helmet';
import { pinoHttp } from 'pino-http';
import { authenticate } from './authenticate';
import type { ApiDependencies } from './dependencies';
import { type HealthDependencies, healthRoutes } from './health';
import { metricsRoute } from './metrics/route';
import { errorHandler, notFound } from './problem';
import { nextRequestId } from './request-id';
import { changeRoutes } from './routes/changes';
import { databaseRoutes } from './routes/databases';
import { eventRoutes } from './routes/events';
import { hostRoutes } from './routes/hosts';
import { instanceRoutes } from './routes/instances';
import { logRoutes } from './routes/logs';
import { operationRoutes } from './routes/operations';
import { reconcilingRoutes } from './routes/reconciling';
import { statsRoutes } from './routes/stats';

/** The most that a request's body may have. */
const bodyLimit = '64kb';

export function createApp(dependencies: ApiDependencies, health: HealthDependencies): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  app.use(
    pinoHttp({
      logger: dependencies.logger,
      genReqId: nextRequestId,
      // Method, path and status: no header, so that no key gets into a log.
      serializers: {
        req: ({ id, method, url }: { id: string; method: string; url: string }) => ({ id, method, url }),
        res: ({ statusCode }: { statusCode: number }) => ({ statusCode }),
      },
      customLogLevel: (_request, response, error) =>
        error !== undefined || response.statusCode >= 500 ? 'error' : 'debug',
    }),
  );
  app.use(helmet());
  app.use(healthRoutes(health));
  app.get('/metrics', authenticate(dependencies.adminKey), metricsRoute(dependencies));
  app.use('/v1', authenticate(dependencies.adminKey));
  app.use('/v1', express.json({ limit: bodyLimit, strict: false, reviver: refuseProto }));
  app.use(
    '/v1',
    databaseRoutes(dependencies),
    changeRoutes(dependencies),
    instanceRoutes(dependencies),
    operationRoutes(dependencies),
    hostRoutes(dependencies),
    reconcilingRoutes(dependencies),
    logRoutes(dependencies),
    statsRoutes(dependencies),
    eventRoutes(dependencies),
  );
  app.use(notFound);
  app.use(errorHandler);
  return app;
}

/** A key that libraries drop in silence, or worse. */
function refuseProto(key: string, value: unknown): unknown {
  if (key === '__proto__') throw new SyntaxError('the key __proto__ is not allowed');
  return value;
}
