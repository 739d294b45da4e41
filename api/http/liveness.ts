import { Router } from 'express';
import { type HealthDependencies, readinessOf } from '../../process/readiness';

/** `/livez` reports that the process responds and checks nothing else; `/readyz` reports whether it can do its work. */
export function healthRoutes(health: HealthDependencies): Router {
  const router = Router();

  router.get('/livez', (_request, response) => {
    response.json({ live: true });
  });

  router.get('/readyz', async (_request, response) => {
    const { status, body } = await readinessOf(health);
    if (status === 503) response.set('Retry-After', '2');
    response.status(status).json(body);
  });

  return router;
}
