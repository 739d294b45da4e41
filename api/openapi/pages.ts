import { Router } from 'express';
import helmet from 'helmet';
import type { Route } from '../http/route';
import { documentOf } from './document';

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Slipway API</title>
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/reference.js"></script>
</body>
</html>
`;

/** Served as a file of its own, because the policy allows no inline scripts. */
const script = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#swagger-ui', deepLinking: true, validatorUrl: null });
`;

/** Allows only content from this server; but Swagger UI needs inline styles, and data URLs for its icons. */
const contentSecurityPolicy = helmet.contentSecurityPolicy({
  useDefaults: false,
  directives: {
    'default-src': ["'none'"],
    'script-src': ["'self'"],
    'style-src': ["'self'", "'unsafe-inline'"],
    'img-src': ["'self'", 'data:'],
    'connect-src': ["'self'"],
    'base-uri': ["'none'"],
    'form-action': ["'none'"],
    'frame-ancestors': ["'none'"],
  },
});

/** The API document, and a page that shows it without loading anything from other servers. Neither needs a key. */
export function referencePages(routes: readonly Route[]): Router {
  const router = Router();
  const document = documentOf(routes);
  const assets = ['swagger-ui.css', 'swagger-ui-bundle.js'];

  router.get('/openapi.json', (_request, response) => {
    response.json(document);
  });
  router.get('/docs', contentSecurityPolicy, (_request, response) => {
    response.type('html').send(page);
  });
  router.get('/docs/reference.js', (_request, response) => {
    response.type('js').send(script);
  });
  for (const asset of assets) {
    const file = require.resolve(`swagger-ui-dist/${asset}`);
    router.get(`/docs/assets/${asset}`, (_request, response) => response.sendFile(file));
  }
  return router;
}
