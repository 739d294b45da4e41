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

const templates = Object.keys(document.paths).map((path) => ({
  path,
  pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
}));

const validators = new Map<string, ValidateFunction>();

/** Throws if a response does not match the API document (A30). */
export function expectInContract(method: string, url: string, answer: Answer): void {
  const { pathname } = new URL(url);
  const path = templates.find(({ pattern }) => pattern.test(pathname))?.path;
  const operation = path === undefined ? undefined : document.paths[path]?.[method.toLowerCase()];
  if (path === undefined || operation === undefined) return;
  const { status } = answer;
  if (beforeUs.includes(status)) return;
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
  if (!/json$/.test(type)) return;
  const pointer = ['paths', path, method.toLowerCase(), 'responses', String(status), 'content', type, 'schema'];
  const reference = `api#/${pointer.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`;
  const validate = validators.get(reference) ?? ajv.compile({ $ref: reference });
  validators.set(reference, validate);
  if (!validate(answer.body)) {
    throw new Error(`${title}, and not as in the API document: ${ajv.errorsText(validate.errors)}`);
  }
}
