import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type ErrorRequestHandler } from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Backend } from '../containers/backend';
import { DatabaseError, errorTable, problemOfError } from '../databases/errors';
import { containerName } from '../databases/names';
import { presentsKey } from './bearer';

export interface AgentSettings {
  readonly backend: Backend;
  readonly installation: string;
  readonly agentKey: string;
  readonly logger: Logger;
}

export interface AgentServer {
  /** Where the API reaches it. */
  readonly url: string;
  close(): Promise<void>;
}

const logsQuery = z.object({
  tenantId: z.string(),
  databaseId: z.string(),
  instanceName: z.string(),
  tail: z.coerce.number().int().min(1).max(1000),
});

/** Answers the API's reads of this host, on loopback and to the installation's own key only. */
export async function startAgent({ backend, installation, agentKey, logger }: AgentSettings): Promise<AgentServer> {
  const app = express();
  app.disable('x-powered-by');
  app.use((request, _response, next) => {
    if (!presentsKey(request, agentKey))
      throw new DatabaseError('unauthenticated', 'expected the key of this installation');
    next();
  });
  app.get('/logs', async (request, response) => {
    const { tail, instanceName, ...owner } = logsQuery.parse(request.query);
    response.json(await backend.logs(containerName({ installation, ...owner }, instanceName), { tail }));
  });
  app.use(((error: unknown, _request, response, _next) => {
    const { code, message } = problemOfError(error);
    logger.warn({ err: error, code }, 'a read of this host failed');
    response.status(errorTable[code].status).json({ code, detail: message });
  }) satisfies ErrorRequestHandler);

  const server = createServer(app);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
