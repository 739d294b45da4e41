import { type Response, Router } from 'express';
import { problemOfError } from '../../domain/errors';

/** A dependency that takes longer to respond counts as unhealthy. */
const checkTimeoutMs = 2_000;

export interface HealthDependencies {
  /** The dependencies that requests need; if both are unhealthy, the first one is the reported reason. */
  readonly checks: Readonly<Record<'database' | 'temporal', () => Promise<void>>>;
  readonly isShuttingDown: () => boolean;
}

type Connection =
  | { readonly status: 'healthy' }
  | { readonly status: 'unhealthy'; readonly error: string }
  | { readonly status: 'not_checked' };

/** `/livez` reports that the process responds and checks nothing else; `/readyz` reports whether it can do its work. */
export function healthRoutes({ checks, isShuttingDown }: HealthDependencies): Router {
  const router = Router();

  router.get('/livez', (_request, response) => {
    response.json({ live: true });
  });

  router.get('/readyz', async (_request, response) => {
    if (isShuttingDown()) {
      const connections = { database: { status: 'not_checked' }, temporal: { status: 'not_checked' } } as const;
      notReady(response, 'server_shutting_down', connections);
      return;
    }
    const [database, temporal] = await Promise.all([checked(checks.database), checked(checks.temporal)]);
    const connections = { database, temporal };
    if (database.status !== 'healthy') notReady(response, 'database_unhealthy', connections);
    else if (temporal.status !== 'healthy') notReady(response, 'temporal_unhealthy', connections);
    else response.json({ ready: true, connections });
  });

  return router;
}

function notReady(response: Response, reason: string, connections: Record<'database' | 'temporal', Connection>): void {
  response.status(503).set('Retry-After', '2').json({ ready: false, reason, connections });
}

async function checked(check: () => Promise<void>): Promise<Connection> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no response within ${checkTimeoutMs} ms`)), checkTimeoutMs);
  });
  try {
    await Promise.race([check(), late]);
    return { status: 'healthy' };
  } catch (error) {
    return { status: 'unhealthy', error: problemOfError(error).message };
  } finally {
    clearTimeout(timer);
  }
}
