import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { describedRoutes } from '../../api/openapi/described';
import { documentOf } from '../../api/openapi/document';

export interface Answer<Body = any> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

const document = JSON.parse(JSON.stringify(documentOf(describedRoutes()))) as {
  readonly paths: Record<string, Record<string, { readonly responses: Record<string, unknown> }>>;
};

const ajv = new Ajv2020({ strict: false, allErrors: true, unicodeRegExp: true });
addFormats(ajv);
ajv.addSchema(document, 'api');

/** Sent by Node before the application sees the request: it is too slow, or its headers are too long. */
const beforeUs = [408, 431];

/**
 * The paths that are served and are not in the document, in its form: what a load balancer asks for, the document
 * itself, and pages for people.
 */
export const outsideDocument = [
  '/livez',
  '/readyz',
  '/openapi.json',
  '/docs',
  '/docs/reference.js',
  '/docs/assets/swagger-ui.css',
  '/docs/assets/swagger-ui-bundle.js',
  '/errors',
  '/errors/{code}',
] as const;

/** Matches the paths that Express takes for this one: in any case, and with or without a slash at the end. */
function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}/?$`, 'i');
}

const templates = Object.keys(document.paths).map((path) => ({ path, pattern: patternOf(path) }));
const outside = outsideDocument.map(patternOf);

const validators = new Map<string, ValidateFunction>();

/**
 * Throws if a response does not match the API document (A30). A method or path that is neither in the document nor in
 * `outsideDocument` must be refused with a problem.
 */
export function expectInContract(method: string, url: string, answer: Answer): void {
  const { pathname } = new URL(url);
  const { status } = answer;
  if (beforeUs.includes(status) || outside.some((pattern) => pattern.test(pathname))) return;
  const path = templates.find(({ pattern }) => pattern.test(pathname))?.path;
  // A HEAD is answered as a GET is, without the body.
  const documented = method === 'HEAD' ? 'get' : method.toLowerCase();
  const operation = path === undefined ? undefined : document.paths[path]?.[documented];
  if (path === undefined || operation === undefined) return expectRefused(method, pathname, answer);
  const title = `${method} ${path} answered ${status}`;
  if (operation.responses[status] === undefined) {
    throw new Error(`${title}, which is not in the API document: ${JSON.stringify(answer.body)}`);
  }
  const type = answer.headers.get('content-type')?.split(';')[0] ?? '';
  const { content } = operation.responses[status] as { readonly content?: Readonly<Record<string, unknown>> };
  // A media type in the document may have parameters.
  if (type !== '' && !Object.keys(content ?? {}).some((known) => known.split(';')[0] === type)) {
    throw new Error(`${title} with ${type}, which is not in the API document`);
  }
  if (!/json$/.test(type) || method === 'HEAD') return;
  const pointer = ['paths', path, documented, 'responses', String(status), 'content', type, 'schema'];
  const reference = `api#/${pointer.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`;
  expectValid(title, reference, answer.body);
}

function expectRefused(method: string, path: string, { status, body }: Answer): void {
  const title = `${method} ${path} answered ${status}`;
  if (status < 400) throw new Error(`${title}, and is not in the API document`);
  if (method !== 'HEAD') expectValid(title, 'api#/components/schemas/Problem', body);
}

function expectValid(title: string, reference: string, body: unknown): void {
  const validate = validators.get(reference) ?? ajv.compile({ $ref: reference });
  validators.set(reference, validate);
  if (!validate(body)) throw new Error(`${title}, and not as in the API document: ${ajv.errorsText(validate.errors)}`);
}
