import express, { type ErrorRequestHandler, type Express } from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { ResilientBackend } from '../containers/resilience/backend';
import { errorTable, problemOfError } from '../domain/errors';
import { containerName, type Owner } from '../domain/names';
import type { Resource } from '../domain/planning/resources';
import { followTo } from './follow';
import { readUsage } from './usage';

/** The sources of the responses. */
export interface ReadSettings {
  readonly backend: ResilientBackend;
  readonly installation: string;
  /** The resources of a database on this host, with facts from its engines. */
  readonly observe: (owner: Owner) => Promise<Resource[]>;
  readonly logger: Logger;
}

const ownerQuery = z.object({ tenantId: z.string(), databaseId: z.string() });
const instanceQuery = { tenantId: z.string(), databaseId: z.string(), instanceName: z.string() };
const tail = z.coerce.number().int().min(0).max(1000);
const usageQuery = z.object(instanceQuery);
const logsQuery = z.object({ ...instanceQuery, tail, since: z.string().optional() });
const followQuery = z.object({ ...instanceQuery, tail: tail.optional(), since: z.string().optional() });

/** Serves the API's reads of this host. */
export function createReads({ backend, installation, observe, logger }: ReadSettings): Express {
  const app = express();
  app.disable('x-powered-by');
  app.get('/logs', async (request, response) => {
    const { tail, since, instanceName, ...owner } = logsQuery.parse(request.query);
    response.json(await backend.logs(containerName({ installation, ...owner }, instanceName), { tail, since }));
  });
  app.get('/logs/follow', async (request, response) => {
    const { tail, since, instanceName, ...owner } = followQuery.parse(request.query);
    await followTo(response, backend, containerName({ installation, ...owner }, instanceName), { tail, since });
  });
  app.get('/usage', async (request, response) => {
    const { instanceName, ...owner } = usageQuery.parse(request.query);
    response.json(await readUsage(backend, containerName({ installation, ...owner }, instanceName), {}));
  });
  app.get('/observe', async (request, response) => {
    const owner = ownerQuery.parse(request.query);
    response.json(await observe({ installation, ...owner }));
  });
  app.get('/state', (_request, response) => {
    response.json(backend.status());
  });
  app.use(((error: unknown, _request, response, _next) => {
    const { code, message, details } = problemOfError(error);
    logger.warn({ err: error, code }, 'could not read from this host');
    response.status(errorTable[code].status).json({ code, detail: message, details });
  }) satisfies ErrorRequestHandler);
  return app;
}
