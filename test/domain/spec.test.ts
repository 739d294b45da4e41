import fc from 'fast-check';
import type { z } from 'zod';
import {
  databaseNameSchema,
  labelsSchema,
  type Size,
  sizeBounds,
  sizeClasses,
  sizeSchema,
  versionSchema,
} from '../../domain/spec';

const gibibyte = 1024 ** 3;
const nul = String.fromCharCode(0);

const accepts = (schema: z.ZodType, value: unknown) => schema.safeParse(value).success;

describe('a database name', () => {
  test.each([
    ['one letter', 'a'],
    ['letters, digits and hyphens', 'orders-2-eu'],
    ['two hyphens in a row', 'a--b'],
    ['63 characters', 'a'.repeat(63)],
    ['a reserved word of SQL: it is quoted where it is used', 'select'],
  ])('may be %s', (_what, name) => {
    expect(databaseNameSchema.parse(name)).toBe(name);
  });

  test.each([
    ['empty', ''],
    ['64 characters', 'a'.repeat(64)],
    ['a million characters', 'a'.repeat(1_000_000)],
    ['upper case', 'Orders'],
    ['begun by a digit', '1orders'],
    ['begun by a hyphen', '-orders'],
    ['ended by a hyphen', 'orders-'],
    ['with an underscore', 'my_orders'],
    ['with a dot', 'orders.eu'],
    ['with a space', 'my orders'],
    ['surrounded by spaces', ' orders '],
    ['with a single quote', "o'rders"],
    ['with a double quote', 'o"rders'],
    ['a statement', "x'; DROP TABLE databases; --"],
    ['a path', '../../etc/passwd'],
    ['with a slash', 'a/b'],
    ['with a NUL', `orders${nul}`],
    ['with a new line at its end', 'orders\n'],
    ['with a second line', 'orders\nfsync=off'],
    ['an emoji', '🐘'],
    ['with an emoji', 'orders🐘'],
    ['with a letter beyond ASCII', 'bücher'],
    ['with a Cyrillic letter that looks like an a', 'dаta'],
    ['with full-width digits', 'a１'],
    ['a number', 1],
    ['null', null],
    ['missing', undefined],
    ['a list', ['orders']],
  ])('is not %s', (_what, name) => {
    expect(accepts(databaseNameSchema, name)).toBe(false);
  });

  test('that is accepted is a DNS label, so it fits a host name, a URL and a search attribute', () => {
    const parts = fc.constantFrom('a', 'z', '0', '9', '-', '_', 'A', '.', '\n', nul, "'", '🐘');
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 65 }), (characters) => {
        const name = characters.join('');
        const isLabel = /^[a-z0-9-]{1,63}$/.test(name) && /^[a-z]/.test(name) && !name.endsWith('-');
        expect(accepts(databaseNameSchema, name)).toBe(isLabel);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a version', () => {
  test.each([
    ['17', '17'],
    [17, '17'],
    ['10', '10'],
    [99, '99'],
  ])('%p is the major version %p', (given, version) => {
    expect(versionSchema.parse(given)).toBe(version);
  });

  test.each([
    ['empty', ''],
    ['a minor version', '17.2'],
    ['a minor version as a number', 17.2],
    ['one digit', '9'],
    ['one digit as a number', 9],
    ['three digits', '170'],
    ['three digits as a number', 170],
    ['with a leading zero', '017'],
    ['negative', -17],
    ['surrounded by spaces', ' 17 '],
    ['followed by a new line', '17\n'],
    ['a tag', 'latest'],
    ['the rest of an image name', '17@sha256:0'],
    ['in full-width digits', '１７'],
    ['not a number', Number.NaN],
    ['infinite', Number.POSITIVE_INFINITY],
    ['a boolean', true],
    ['null', null],
    ['missing', undefined],
  ])('is not %s', (_what, version) => {
    expect(accepts(versionSchema, version)).toBe(false);
  });
});

describe('a size', () => {
  const { nanoCpus, memoryBytes } = sizeBounds;
  const least: Size = { nanoCpus: nanoCpus.min, memoryBytes: memoryBytes.min };
  const most: Size = { nanoCpus: nanoCpus.max, memoryBytes: memoryBytes.max };
  const good: Size = { nanoCpus: 1_000_000_000, memoryBytes: gibibyte };

  test.each(Object.entries(sizeClasses))('%s is a class with its figures, within the bounds', (name, figures) => {
    expect(sizeSchema.parse(name)).toEqual(figures);
    expect(sizeSchema.parse(figures)).toEqual(figures);
  });

  test('classes grow in both figures', () => {
    const figures = Object.values(sizeClasses);
    expect(figures).toEqual(figures.toSorted((a, b) => a.nanoCpus - b.nanoCpus));
    expect(figures).toEqual(figures.toSorted((a, b) => a.memoryBytes - b.memoryBytes));
  });

  test.each([
    ['the least', least],
    ['the most', most],
    ['both in between', good],
    ['figures that are no power of two', { nanoCpus: 123_456_789, memoryBytes: 234_567_891 }],
  ])('may be %s', (_what, size) => {
    expect(sizeSchema.parse(size)).toEqual(size);
  });

  test.each([
    ['no CPU', { ...good, nanoCpus: 0 }],
    ['no memory', { ...good, memoryBytes: 0 }],
    ['less than nothing of a CPU', { ...good, nanoCpus: -1_000_000_000 }],
    ['less than nothing of memory', { ...good, memoryBytes: -gibibyte }],
    ['a fraction that would be cut to no CPU', { ...good, nanoCpus: 0.5 }],
    ['a fraction of a nano-CPU', { ...good, nanoCpus: 1_000_000_000.5 }],
    ['a fraction of a byte', { ...good, memoryBytes: gibibyte + 0.5 }],
    ['CPUs in place of nano-CPUs', { ...good, nanoCpus: 2 }],
    ['mebibytes in place of bytes', { ...good, memoryBytes: 512 }],
    ['one nano-CPU below the least', { ...least, nanoCpus: nanoCpus.min - 1 }],
    ['one byte below the least', { ...least, memoryBytes: memoryBytes.min - 1 }],
    ['one nano-CPU above the most', { ...most, nanoCpus: nanoCpus.max + 1 }],
    ['one byte above the most', { ...most, memoryBytes: memoryBytes.max + 1 }],
    ['beyond what a number holds exactly', { ...good, memoryBytes: 2 ** 53 }],
    ['huge', { ...good, memoryBytes: 1e300 }],
    ['infinite', { ...good, memoryBytes: Number.POSITIVE_INFINITY }],
    ['not a number', { ...good, nanoCpus: Number.NaN }],
    ['figures as text', { nanoCpus: '1000000000', memoryBytes: `${gibibyte}` }],
    ['a figure with a unit', { ...good, memoryBytes: '1GB' }],
    ['CPUs alone', { nanoCpus: good.nanoCpus }],
    ['memory alone', { memoryBytes: good.memoryBytes }],
    ['figures and something else', { ...good, disk: gibibyte }],
    ['nothing', {}],
    ['an unknown class', 'huge'],
    ['a class in upper case', 'SMALL'],
    ['a name that every object has', 'constructor'],
    ['the name of the prototype', '__proto__'],
    ['an empty name', ''],
    ['a number', 1],
    ['null', null],
    ['missing', undefined],
    ['a list', [good]],
  ])('is not %s (B19)', (_what, size) => {
    expect(accepts(sizeSchema, size)).toBe(false);
  });
});

describe('labels', () => {
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`l${index}`, '']));

  test.each([
    ['none', {}],
    ['a team and a cost centre', { team: 'checkout', 'example.com/cost-centre': '4711' }],
    ['a value in any script', { owner: 'Zoë 🐘' }],
    ['an empty value', { team: '' }],
    ['a key of 63 characters', { ['k'.repeat(63)]: 'x' }],
    ['a value of 255 characters', { team: 'x'.repeat(255) }],
    ['32 of them', many(32)],
  ])('may be %s', (_what, labels) => {
    expect(labelsSchema.parse(labels)).toEqual(labels);
  });

  test.each([
    ['33 of them', many(33)],
    ['a key of 64 characters', { ['k'.repeat(64)]: 'x' }],
    ['an empty key', { '': 'x' }],
    ['a key in upper case', { Team: 'x' }],
    ['a key with a space', { 'my team': 'x' }],
    ['a key that ends in a dot', { 'team.': 'x' }],
    ['a key with a NUL', { [`team${nul}`]: 'x' }],
    ['a value of 256 characters', { team: 'x'.repeat(256) }],
    ['a value that is a number', { team: 1 }],
    ['a value that is null', { team: null }],
    ['a list', ['team']],
    ['text', 'team=checkout'],
    ['null', null],
  ])('are not %s', (_what, labels) => {
    expect(accepts(labelsSchema, labels)).toBe(false);
  });
});
