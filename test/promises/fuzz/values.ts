import fc from 'fast-check';

type Json = Readonly<Record<string, any>>;

/** What a request refers to and is there only when it is sent, such as `@@database@@`; see `world.ts`. */
export const references = ['database', 'instance', 'operation', 'key', 'tenant', 'host', 'name'] as const;
export type Reference = (typeof references)[number];

/** Strings that some field takes. */
const plausible = [
  ...references.map((name) => `@@${name}@@`),
  ...['17', '15', '18', 'small', 'orders', 'a', 'true', 'false', '0', '1', '10', '200', '10s', '10m', '0s', '1s'],
  ...['2026-11-21T06:00:00Z', '2999-01-01T00:00:00Z', '127.0.0.1', '10.213.0.0/16', 'team=ada', 'operation.failed'],
  ...['available', 'succeeded', 'pending', 'create', 'work_mem', '64MB', 'aaaaaaaaaaaa', '*', '"v1.abc"', 'admin'],
  Buffer.from('{"at":"2026-11-21T06:00:00.000Z","id":"aaaaaaaaaaaa"}').toString('base64url'),
];

/** Strings that nothing takes, or that something may take amiss. */
export const nastyString: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    ...['', ' ', '\0', 'a\0b', '\ud800', '\udfff\ud800', '🛳️', '\u202e', '\r\nX-Injected: 1', '%', '%00', '%zz', '%ff'],
    ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', '../../etc/passwd', '${jndi:ldap://x}', '{{7*7}}'],
    ...["'; DROP TABLE databases; --", '1 OR 1=1', 'a'.repeat(5_000), '\u0130'.repeat(64), '-1', '1e999', 'NaN'],
    ...['99999999999999999999', '0x10', '-0', '1.5', '0001-01-01T00:00:00Z', '+292278994-08-17T07:12:55Z', 'null'],
    ...['eyJhdCI6IjAwMDAtMDAtMDBUMDA6MDA6MDBaIiwiaWQiOiIifQ', 'bnVsbA', 'e30', '"', '""', 'W/"a"', '",,,"'],
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
);

const nasty: fc.Arbitrary<unknown> = fc.oneof(
  nastyString,
  fc.constantFrom<unknown>(null, true, false, 0, -0, -1, 1.5, 2 ** 31, 2 ** 53, 2 ** 63, 1e21, 1e308, -1e308, 5e-324),
  fc.constantFrom<unknown>([], {}, [[]], { length: 3 }, { toString: 'x' }, { __proto__: null, valueOf: 1 }),
  fc.constantFrom(10, 200).map((depth) => nested(depth)),
  fc.jsonValue({ maxDepth: 3 }),
);

function nested(depth: number): unknown {
  return depth === 0 ? 'core' : depth % 2 === 0 ? [nested(depth - 1)] : { a: nested(depth - 1) };
}

/** A value that a schema of the API document allows, or nearly. */
export function fitting(schema: Json): fc.Arbitrary<unknown> {
  const variants = (schema.anyOf ?? schema.oneOf) as readonly Json[] | undefined;
  if (variants !== undefined) return fc.oneof(...variants.map(fitting));
  if (schema.enum !== undefined) return fc.constantFrom(...(schema.enum as unknown[]));
  if (Array.isArray(schema.type)) return fc.oneof(...schema.type.map((type: string) => fitting({ ...schema, type })));
  switch (schema.type) {
    case 'object':
      return objectFitting(schema);
    case 'array':
      return fc.array(fitting(schema.items ?? {}), { maxLength: 3 });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'integer':
    case 'number':
      return numberFitting(schema);
    default:
      return stringFitting(schema);
  }
}

function objectFitting({ properties = {}, required = [], additionalProperties }: Json): fc.Arbitrary<object> {
  const named = fc.record(
    Object.fromEntries(Object.entries<Json>(properties).map(([name, schema]) => [name, fitting(schema)])),
    { requiredKeys: required },
  );
  if (typeof additionalProperties !== 'object') return named;
  const more = fc.dictionary(stringFitting({}), fitting(additionalProperties), { maxKeys: 3 });
  return fc.tuple(named, more).map(([one, other]) => ({ ...other, ...one }));
}

function numberFitting({ minimum = 0, maximum = 1_000_000 }: Json): fc.Arbitrary<number> {
  const most = Math.min(maximum, Number.MAX_SAFE_INTEGER);
  return fc.oneof(fc.constantFrom(minimum, most), fc.integer({ min: Math.max(minimum, -(2 ** 31)), max: most }));
}

function stringFitting({ pattern, minLength = 0, maxLength = 512 }: Json): fc.Arbitrary<string> {
  const form = pattern === undefined ? /(?:)/ : new RegExp(pattern as string, 'u');
  const fits = plausible.filter((text) => {
    const meant = text.replace(/^@@instance@@$/, 'aaaaaaaaaaaa-primary').replace(/^@@\w+@@$/, 'aaaaaaaaaaaa');
    return form.test(meant) && meant.length >= minLength && meant.length <= maxLength;
  });
  return fits.length === 0 ? nastyString : fc.constantFrom(...fits);
}

/** JSON text of a value in which, at a random place, something was put, replaced or left out. */
export function mutated(value: fc.Arbitrary<unknown>): fc.Arbitrary<string> {
  const keys = fc.oneof(
    fc.constantFrom('__proto__', 'constructor', 'id', 'name', 'state', 'tenantId', ''),
    nastyString,
  );
  const how = fc.constantFrom('replace', 'remove', 'add', 'twice');
  return fc.tuple(value, fc.nat(), nasty, keys, how).map(([from, at, other, key, change]) => {
    const places = placesOf(from);
    const place = places[at % places.length] ?? [];
    return JSON.stringify(changedAt(from, place, other, key, change));
  });
}

type Place = readonly (string | number)[];

function placesOf(value: unknown): Place[] {
  if (value === null || typeof value !== 'object') return [[]];
  const inner = Object.entries(value).flatMap(([key, field]) => placesOf(field).map((place) => [key, ...place]));
  return [[], ...inner];
}

function changedAt(value: unknown, [step, ...rest]: Place, other: unknown, key: string, how: string): unknown {
  if (step === undefined) {
    if (how !== 'add' || value === null || typeof value !== 'object') return other;
    return Object.fromEntries([...Object.entries(value), [key, other]]);
  }
  const entries = Object.entries(value as object);
  if (how === 'remove' && rest.length === 0) return Object.fromEntries(entries.filter(([name]) => name !== step));
  const renamed = how === 'twice' && rest.length === 0 ? [[`${step} `, other]] : [];
  const changed = entries.map(([name, field]) => [
    name,
    name === step ? changedAt(field, rest, other, key, how) : field,
  ]);
  return Object.fromEntries([...changed, ...renamed]);
}
