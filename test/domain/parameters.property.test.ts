import fc from 'fast-check';
import { allowedParameters, type ParameterRule, parametersSchema } from '../../domain/parameters';

type IntegerRule = Extract<ParameterRule, { type: 'integer' }>;

const runs = { numRuns: 500 };

/** How many base units a unit of PostgreSQL's is (20.1.1), written down again, apart from the code. */
const inBaseUnits = {
  '8kB': { kB: 1 / 8, MB: 128, GB: 131_072 },
  kB: { kB: 1, MB: 1024, GB: 1_048_576 },
  MB: { MB: 1, GB: 1024, TB: 1_048_576 },
  ms: { ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 },
  s: { s: 1, min: 60, h: 3600, d: 86_400 },
} as const;

const names = Object.keys(allowedParameters);

const integers = Object.entries(allowedParameters).flatMap(([name, rule]) =>
  rule.type === 'integer' ? [{ name, rule }] : [],
);

const integerParameters = fc.constantFrom(...integers);

/** A value in range, counted in base units. */
const valuesInRange = integerParameters.chain(({ name, rule }) =>
  fc.record({ name: fc.constant(name), rule: fc.constant(rule), count: fc.integer({ min: rule.min, max: rule.max }) }),
);

function canonical(name: string, value: unknown): string | undefined {
  return parametersSchema.safeParse({ [name]: value }).data?.[name];
}

/** How many base units a canonical value is. */
function countOf(value: string, { base }: IntegerRule): number {
  const [, digits, unit = ''] = /^(-?\d+)([A-Za-z]*)$/.exec(value) ?? [];
  if (unit === '' || base === undefined) return Number(digits);
  const sizes: Readonly<Record<string, number>> = { ...bytesAndMicroseconds[base], ...inBaseUnits[base] };
  return Number(digits) * (sizes[unit] ?? Number.NaN);
}

const bytesAndMicroseconds = {
  '8kB': { TB: 134_217_728 },
  kB: { TB: 1_073_741_824 },
  MB: {},
  ms: {},
  s: {},
} as const;

test('a whole number in range means the same to PostgreSQL, bare or in any unit', () => {
  fc.assert(
    fc.property(valuesInRange, ({ name, rule, count }) => {
      expect(countOf(canonical(name, count) ?? 'refused', rule)).toBe(count);
      if (rule.base === undefined || count <= 0) return;
      for (const [unit, size] of Object.entries(inBaseUnits[rule.base])) {
        const amount = count / size;
        if (Number.isInteger(amount)) expect(canonical(name, `${amount}${unit}`)).toBe(canonical(name, count));
      }
    }),
    runs,
  );
});

test.each(integers)('$name takes its bounds and nothing beyond them', ({ name, rule: { min, max } }) => {
  for (const inside of [min, max]) expect(canonical(name, inside)).toBeDefined();
  for (const outside of [min - 1, max + 1]) expect(canonical(name, outside)).toBeUndefined();
});

test('a fraction of a base unit is refused, never rounded', () => {
  const fractions = fc.tuple(
    integerParameters,
    fc.integer({ min: 0, max: 1000 }),
    fc.constantFrom('.5', '.25', '.001'),
  );
  fc.assert(
    fc.property(fractions, ([{ name }, whole, fraction]) => {
      expect(canonical(name, `${whole}${fraction}`)).toBeUndefined();
    }),
    runs,
  );
});

test('whatever is given, the outcome is one line that needs no quoting in postgresql.conf', () => {
  const given = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.double(), fc.integer(), fc.boolean());
  const likely = fc.tuple(fc.constantFrom('64', '1.5', '-1', 'on', 'UTC', 'auto'), fc.string({ maxLength: 3 }));
  fc.assert(
    fc.property(
      fc.constantFrom(...names),
      fc.oneof(
        given,
        likely.map((parts) => parts.join('')),
      ),
      (name, value) => {
        const outcome = canonical(name, value);
        if (outcome !== undefined) expect(outcome).toMatch(/^[A-Za-z0-9_+./ -]+$/);
      },
    ),
    { numRuns: 5000 },
  );
});

test('a canonical value is taken again as it is', () => {
  fc.assert(
    fc.property(valuesInRange, ({ name, count }) => {
      const once = canonical(name, count);
      expect(canonical(name, once)).toBe(once);
    }),
    runs,
  );
});

test('a name that is not allowed is refused, whatever it is', () => {
  // Zod leaves `__proto__` out of a record: it is no parameter of anybody's then.
  const others = fc.string().filter((name) => !names.includes(name) && name !== '__proto__');
  fc.assert(
    fc.property(others, (name) => {
      const { error } = parametersSchema.safeParse({ [name]: '1' });
      expect(error?.issues.map(({ path }) => path)).toEqual([[name]]);
    }),
    runs,
  );
});
