import fc from 'fast-check';
import { defaultTenantId, idFrom, idSchema, instanceIdOf, instanceIdSchema, tenantIdSchema } from '../../domain/ids';

describe('an id', () => {
  test.each([
    ['zeros', new Uint8Array(12), 'aaaaaaaaaaaa'],
    ['the largest bytes', new Uint8Array(12).fill(255), '777777777777'],
    ['bytes that grow past five bits', Uint8Array.from({ length: 12 }, (_, index) => index * 3), 'adgjmpsvy36b'],
    ['bytes that differ above five bits only', Uint8Array.from({ length: 12 }, () => 32), 'aaaaaaaaaaaa'],
    ['more bytes than it needs', new Uint8Array(64).fill(1), 'bbbbbbbbbbbb'],
  ])('from %s', (_what, bytes, id) => {
    expect(idFrom(bytes)).toBe(id);
  });

  test('that we give is one that we take', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 12, maxLength: 64 }), (bytes) => {
        expect(idSchema.safeParse(idFrom(bytes)).success).toBe(true);
      }),
    );
  });

  test('has every character equally often, so that 12 are 60 bits', () => {
    const counts = new Map<string, number>();
    for (let byte = 0; byte < 256; byte++) {
      const [character = ''] = idFrom(Uint8Array.of(byte));
      counts.set(character, (counts.get(character) ?? 0) + 1);
    }
    expect([...counts.keys()].sort().join('')).toBe('234567abcdefghijklmnopqrstuvwxyz');
    expect(new Set(counts.values())).toEqual(new Set([8]));
  });

  test.each([
    ['empty', ''],
    ['11 characters', 'abcdefghijk'],
    ['13 characters', 'abcdefghijklm'],
    ['upper case', 'ABCDEFGHIJKL'],
    ['digits that base32 leaves out', 'abcdefghij01'],
    ['the digits 8 and 9', 'abcdefghij89'],
    ['a path', '../../../etc'],
    ['with an encoded slash', 'abc%2fdefghi'],
    ['with a hyphen', 'abcdef-ghijk'],
    ['with a NUL', `abcdefghijk${String.fromCharCode(0)}`],
    ['followed by a new line', 'abcdefghijkl\n'],
    ['on the second line', 'x\nabcdefghijkl'],
    ['with an emoji', 'abcdefghij🐘'],
    ['a UUID', '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b'],
    ['a number', 123456789012],
    ['null', null],
    ['missing', undefined],
    ['a list', ['abcdefghijkl']],
  ])('is not %s (A02)', (_what, id) => {
    const result = idSchema.safeParse(id);
    expect(result.success).toBe(false);
    if (typeof id === 'string') {
      expect(result.error?.issues[0]?.message).toBe('expected an id: 12 characters of a-z and 2-7');
    }
  });
});

test.each([
  { id: 'ordersdb2345-primary', isInstance: true, isTenant: false },
  { id: 'ordersdb2345-standby-1', isInstance: true, isTenant: false },
  { id: `ordersdb2345-${'x'.repeat(41)}`, isInstance: false, isTenant: false },
  { id: 'ordersdb2345', isInstance: false, isTenant: true },
  { id: 'default', isInstance: false, isTenant: true },
  { id: 'other', isInstance: false, isTenant: false },
  { id: '', isInstance: false, isTenant: false },
])('$id is the id of an instance: $isInstance, of a tenant: $isTenant', ({ id, isInstance, isTenant }) => {
  expect(instanceIdSchema.safeParse(id).success).toBe(isInstance);
  expect(tenantIdSchema.safeParse(id).success).toBe(isTenant);
  expect(defaultTenantId).toBe('default');
});

test('an instance’s id tells its database and its place in it', () => {
  expect(instanceIdOf('ordersdb2345', 'standby-1')).toBe('ordersdb2345-standby-1');
});
