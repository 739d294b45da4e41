import { randomBytes } from 'node:crypto';
import {
  defaultOverlapSeconds,
  digestOf,
  type Grant,
  isKeyOf,
  keyIdOf,
  keySecretBytes,
  keyText,
  maxOverlapSeconds,
  mayGrant,
} from '../../../domain/access/keys';
import { roleNames } from '../../../domain/access/permissions';

const id = 'abcdefgh2345';
const key = keyText(id, randomBytes(keySecretBytes));

test('a replaced key stays valid for an hour, or for up to 30 days', () => {
  expect([defaultOverlapSeconds, maxOverlapSeconds]).toEqual([3_600, 2_592_000]);
});

test('a key names itself, and has 32 random bytes', () => {
  expect(key).toMatch(/^slw_abcdefgh2345_[A-Za-z0-9_-]{49}$/);
  expect(keyIdOf(key)).toBe(id);
});

test('with any one character of it mistyped it is none', () => {
  const taken = [...key].flatMap((character, at) => {
    const other = character === 'a' ? 'b' : 'a';
    const mistyped = key.slice(0, at) + other + key.slice(at + 1);
    return keyIdOf(mistyped) === null ? [] : [mistyped];
  });
  expect(taken).toEqual([]);
});

test.each([
  { title: 'nothing', text: '' },
  { title: 'its beginning', text: key.slice(0, -1) },
  { title: 'more than it', text: `${key}a` },
  { title: 'it, with a line’s end', text: `${key}\n` },
  { title: 'it in upper case', text: key.toUpperCase() },
  { title: 'somebody else’s token', text: 'ghp_16C7e42F292c6912E7710c838347Ae178B4a' },
])('$title is no key', ({ text }) => {
  expect(keyIdOf(text)).toBeNull();
});

test('its digest tells it from any other, and says nothing of it', () => {
  const other = keyText(id, randomBytes(keySecretBytes));
  expect(isKeyOf(key, digestOf(key))).toBe(true);
  expect(isKeyOf(other, digestOf(key))).toBe(false);
  expect(isKeyOf(key, digestOf(key).subarray(1))).toBe(false);
});

describe('a key gives no more than its maker has', () => {
  const grant = (changes: Partial<Grant>): Grant => ({ role: 'admin', tenantId: null, expiresAt: null, ...changes });
  const soon = new Date('2026-12-01T00:00:00Z');
  const later = new Date('2027-01-01T00:00:00Z');

  test.each([
    { title: 'the same', own: {}, given: {}, may: true },
    { title: 'the installation’s for a tenant', own: {}, given: { tenantId: 'a' }, may: true },
    { title: 'a tenant’s for itself', own: { tenantId: 'a' }, given: { tenantId: 'a' }, may: true },
    { title: 'a tenant’s for another', own: { tenantId: 'a' }, given: { tenantId: 'b' }, may: false },
    { title: 'a tenant’s for the installation', own: { tenantId: 'a' }, given: {}, may: false },
    { title: 'one that expires, for as long', own: { expiresAt: soon }, given: { expiresAt: soon }, may: true },
    { title: 'one that expires, for less', own: { expiresAt: later }, given: { expiresAt: soon }, may: true },
    { title: 'one that expires, for longer', own: { expiresAt: soon }, given: { expiresAt: later }, may: false },
    { title: 'one that expires, for ever', own: { expiresAt: soon }, given: {}, may: false },
    { title: 'one that does not expire, for a while', own: {}, given: { expiresAt: soon }, may: true },
  ] as const)('$title: $may', ({ own, given, may }) => {
    expect(mayGrant(grant(own), grant(given))).toBe(may);
  });

  test('of the roles, its own and those below', () => {
    const given = roleNames.map((own) => roleNames.filter((role) => mayGrant(grant({ role: own }), grant({ role }))));
    expect(given).toEqual([['viewer'], ['viewer', 'operator'], ['viewer', 'operator', 'admin']]);
  });
});
