import { type Request, type Response, Router } from 'express';
import { DatabaseError, errorTable, isErrorCode, type Retry } from '../../domain/errors';
import { advice } from './advice';

/** How a step that fails with the error is retried. */
const retries: Readonly<Record<Retry, string>> = {
  never: 'A step that fails with it is not retried.',
  bounded: 'A step that fails with it is retried a few times.',
  always: 'A step that fails with it is retried until the deadline of its operation.',
};

/** Serves `/errors/<code>`, the `type` of a problem (RFC 9457, 3.1.1). The pages need no key. */
export function errorPages(): Router {
  const router = Router();
  router.get('/errors', (_request, response) => {
    const items = Object.keys(errorTable).map((code) => `<li><a href="/errors/${code}">${code}</a></li>`);
    response.type('html').send(pageOf('Error codes', `<ul>${items.join('\n')}</ul>`));
  });
  router.get('/errors/:code', (request: Request<{ code: string }>, response: Response) => {
    const { code } = request.params;
    if (!isErrorCode(code)) throw new DatabaseError('not_found', 'no such error code');
    const { status, title, retry } = errorTable[code];
    const words = advice[code].replaceAll('<', '&lt;').replaceAll(/`([^`]+)`/g, '<code>$1</code>');
    const body = `<p>${title}.</p>\n<p>${words}</p>\n<p>HTTP status ${status}. ${retries[retry]}</p>`;
    response.type('html').send(pageOf(code, body));
  });
  return router;
}

function pageOf(title: string, body: string): string {
  return `<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>${title}</title>\n<h1>${title}</h1>\n${body}\n</html>\n`;
}
