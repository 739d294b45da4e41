import fc from 'fast-check';
import { describedRoutes } from '../../../api/openapi/described';
import { documentOf } from '../../../api/openapi/document';
import { fitting, mutated, nastyString } from './values';

/** A request as it is sent, but for its references and its key. */
export interface FuzzRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly bearer: Bearer;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | null;
}

/** Whose key a request has, or what it has in place of one. */
export const bearers = [
  'admin',
  'operator',
  'viewer',
  'stranger',
  'installation',
  'expired',
  'mistyped',
  'none',
] as const;
export type Bearer = (typeof bearers)[number];

type Json = Readonly<Record<string, any>>;

const document = JSON.parse(JSON.stringify(documentOf(describedRoutes()))) as { readonly paths: Record<string, Json> };

const methods = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND'];

/** Raw bodies that are no JSON, too much of it, or JSON that parsers disagree about. */
const rawBody: fc.Arbitrary<string | Uint8Array> = fc.oneof(
  fc.constantFrom(
    ...[
      '',
      '{',
      '[]',
      'null',
      '"text"',
      '1e999',
      'NaN',
      '{"name":1e400}',
      '{"name":"a","name":"b"}',
      '\ufeff{}',
      '{}{}',
    ],
    ...[
      '{"__proto__":{"role":"admin"}}',
      '{"constructor":{"prototype":{"role":"admin"}}}',
      '{"size":{"__proto__":null}}',
    ],
    ...['['.repeat(30_000), `${'['.repeat(30_000)}${']'.repeat(30_000)}`, '{"a":'.repeat(10_000)],
    ...[`{"name":"${'a'.repeat(70_000)}"}`, `{"name":"\\ud800"}`, '{"name":"\u0000"}', "{'name': 'a'}"],
  ),
  fc.uint8Array({ maxLength: 200 }),
);

/** Headers that say something to us, each with values that it may have. */
const headerValues: Readonly<Record<string, readonly string[]>> = {
  'content-type': [
    ...['application/json', 'application/json; charset=utf-16', 'text/plain', 'application/json;', 'x'],
    'application/merge-patch+json',
  ],
  'content-encoding': ['identity', 'gzip', 'br', 'deflate', 'zstd', 'gzip, gzip'],
  'idempotency-key': ['one', 'two', 'three', 'a'.repeat(255), 'a'.repeat(256), ''],
  'if-match': ['*', '"1.abc"', '"0.x", "1.y"', 'W/"1"', '"', 'abc'],
  'if-none-match': ['*', '"1.abc"', 'W/"1"', '"', '","'],
  'slipway-tenant': ['@@tenant@@', 'default', 'aaaaaaaaaaaa', '', '__proto__'],
  'last-event-id': ['0', '1', '999999999999999', '-1', '2026-11-21T06:00:00.000000000Z', ''],
  'x-request-id': ['mine', 'a'.repeat(65), '../..', ''],
  traceparent: ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', '00-0-0-0', 'ff', ''],
  accept: ['application/json', 'text/event-stream', 'text/html', '*/*;q=0', ''],
  'x-forwarded-for': ['127.0.0.1', 'unknown', '::1, 10.0.0.1'],
  'x-http-method-override': ['DELETE'],
  cookie: ['a=b; __proto__=c'],
  host: ['localhost', '[', 'evil.example:99999'],
};

// As Node lets a header be sent: latin-1 without control characters.
const headerText = fc.oneof(nastyString, fc.string({ unit: 'binary', maxLength: 300 })).map((text) =>
  Buffer.from(text, 'latin1')
    .toString('latin1')
    .replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, ''),
);

const oneHeader = fc
  .constantFrom(...Object.entries(headerValues))
  .chain(([name, values]) =>
    fc.tuple(
      fc.constant(name),
      fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...values) }, { weight: 1, arbitrary: headerText }),
    ),
  );

const headers = fc.oneof(
  { weight: 1, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: fc.array(oneHeader, { maxLength: 3 }).map((pairs) => Object.fromEntries(pairs)) },
);

const bearer = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom<Bearer>('admin', 'installation') },
  { weight: 2, arbitrary: fc.constantFrom<Bearer>(...bearers) },
);

/** A route of the document, asked as it may be, nearly so, or not at all so. */
export const fuzzRequest: fc.Arbitrary<FuzzRequest> = fc
  .constantFrom(
    ...Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.entries<Json>(operations).map(([method, operation]) => ({
        path,
        method: method.toUpperCase(),
        operation,
      })),
    ),
  )
  .chain(({ path, method, operation }) =>
    fc.record({
      method: fc.oneof(
        { weight: 15, arbitrary: fc.constant(method) },
        { weight: 1, arbitrary: fc.constantFrom(...methods) },
      ),
      target: fc.tuple(pathOf(path), queryOf(operation)).map((parts) => parts.join('')),
      bearer,
      headers: headers.map((more) => ({ 'content-type': 'application/json', ...more })),
      body: bodyOf(operation),
    }),
  );

/** What stands behind a collection in a path. */
const referenceOf: Readonly<Record<string, string>> = {
  databases: 'database',
  instances: 'instance',
  operations: 'operation',
  keys: 'key',
  tenants: 'tenant',
  hosts: 'host',
};

function pathOf(template: string): fc.Arbitrary<string> {
  const [, collection = ''] = /^\/v1\/(\w+)\/\{/.exec(template) ?? [];
  const id = fc.oneof(
    { weight: 8, arbitrary: fc.constant(`@@${referenceOf[collection] ?? 'database'}@@`) },
    { weight: 1, arbitrary: fc.constant('aaaaaaaaaaaa') },
    { weight: 2, arbitrary: nastyString.map(encoded) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('%', '%zz', '%00', '%ff', '%ed%a0%80', '..', '..%2f..', '.', '//', ';a=b'),
    },
  );
  const right = id.map((text) => template.replace('{id}', () => text));
  const changed = fc
    .tuple(right, fc.constantFrom('/', '//', '/x', '%2f', '.json', ';a', '%00', '#a'))
    .map((parts) => parts.join(''));
  return fc.oneof({ weight: 20, arbitrary: right }, { weight: 1, arbitrary: changed });
}

function queryOf({ parameters = [] }: Json): fc.Arbitrary<string> {
  const known = (parameters as readonly Json[]).filter((parameter) => parameter.in === 'query');
  const pairs = known.map(({ name, schema }) =>
    fc
      .oneof({ weight: 3, arbitrary: fitting(schema) }, { weight: 2, arbitrary: nastyString })
      .map((value) => `${name}=${encoded(String(value))}`),
  );
  const unknown = fc.oneof(
    fc.constantFrom(
      'x=1',
      'x',
      '=',
      '&&',
      '__proto__=a',
      'a[b]=c',
      'pageSize[]=1',
      '%=%',
      '%zz',
      'constructor[prototype]=x',
    ),
    nastyString.map((text) => `${encoded(text)}=1`),
    fc.constantFrom('a', 'b').map((text) => text.repeat(9_000)),
  );
  const some = pairs.length === 0 ? fc.constant<string[]>([]) : fc.array(fc.oneof(...pairs), { maxLength: 3 });
  const odd = fc.oneof(
    { weight: 9, arbitrary: fc.constant<string[]>([]) },
    { weight: 1, arbitrary: unknown.map((one) => [one]) },
  );
  return fc.tuple(some, odd).map((parts) => {
    const all = parts.flat();
    return all.length === 0 ? '' : `?${all.join('&')}`;
  });
}

function bodyOf({ requestBody }: Json): fc.Arbitrary<string | Uint8Array | null> {
  const schema = requestBody?.content['application/json'].schema as Json | undefined;
  const fit = schema === undefined ? fc.constant<unknown>({}) : fitting(schema);
  return fc.oneof(
    { weight: schema === undefined ? 12 : 1, arbitrary: fc.constant(null) },
    { weight: 10, arbitrary: fit.map((value) => JSON.stringify(value)) },
    { weight: 8, arbitrary: mutated(fit) },
    { weight: 2, arbitrary: rawBody },
  );
}

/** References stay as they are; what is no Unicode becomes bytes that are no UTF-8. */
function encoded(text: string): string {
  if (/^@@\w+@@$/.test(text)) return text;
  return /\p{Cs}/u.test(text) ? '%ed%a0%80' : encodeURIComponent(text);
}
