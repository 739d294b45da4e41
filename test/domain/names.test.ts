import fc from 'fast-check';
import { idFrom, idSchema } from '../../domain/ids';
import {
  containerName,
  databaseIdOf,
  installationLabels,
  installationOf,
  instanceIdFrom,
  type Labels,
  labelsOf,
  networkName,
  type Owner,
  ownershipOf,
  sidecarIn,
  specHashOf,
  tenantIdOf,
  volumeName,
} from '../../domain/names';
import { owner } from './planning/model';

const everything = { instanceId: 'ordersdb2345-primary', operationId: 'operation234', specHash: '0123456789abcdef' };

describe('labels', () => {
  test('are all there, under our prefix', () => {
    expect(labelsOf(owner, everything)).toEqual({
      'slipway.managed-by': 'slipway',
      'slipway.installation': 'lab',
      'slipway.tenant': 'acme',
      'slipway.database': 'ordersdb2345',
      'slipway.instance': 'ordersdb2345-primary',
      'slipway.operation': 'operation234',
      'slipway.spec': '0123456789abcdef',
    });
  });

  test('of a sidecar have its role', () => {
    const labels = labelsOf(owner, { ...everything, sidecar: 'pooler' });
    expect(labels).toEqual({ ...labelsOf(owner, everything), 'slipway.sidecar': 'pooler' });
    expect(sidecarIn(labels)).toBe('pooler');
    expect(sidecarIn(labelsOf(owner, everything))).toBeUndefined();
  });

  test('of ownership that are missing are left out', () => {
    expect(Object.keys(ownershipOf({ 'slipway.managed-by': 'slipway' }))).toEqual(['slipway.managed-by']);
  });

  test('that are not known are absent, not empty', () => {
    expect(Object.keys(labelsOf(owner))).toEqual(Object.keys(ownershipOf(labelsOf(owner))));
  });

  test('that all of an installation has are among those of each of its objects', () => {
    expect(labelsOf(owner)).toMatchObject(installationLabels(owner.installation));
  });

  test.each([
    ['the installation', installationOf, owner.installation],
    ['the tenant', tenantIdOf, owner.tenantId],
    ['the database', databaseIdOf, owner.databaseId],
    ['the instance', instanceIdFrom, everything.instanceId],
    ['the hash of what it was made from', specHashOf, everything.specHash],
  ] as const)('give %s back', (_what, read, expected) => {
    expect(read(labelsOf(owner, everything))).toBe(expected);
  });

  test.each([
    ['installationOf', installationOf],
    ['databaseIdOf', databaseIdOf],
    ['instanceIdFrom', instanceIdFrom],
    ['specHashOf', specHashOf],
  ] as const)('of somebody else say nothing to %s', (_name, read) => {
    expect(read({ 'com.docker.compose.project': 'web' })).toBeUndefined();
  });
});

describe('ownership', () => {
  const ours = ownershipOf(labelsOf(owner));

  test.each<[string, Labels]>([
    ['another operation made it', labelsOf(owner, { ...everything, operationId: 'another23456' })],
    ['it was made from another specification', labelsOf(owner, { ...everything, specHash: 'fedcba9876543210' })],
    ['it is of another instance of the database', labelsOf(owner, { instanceId: 'ordersdb2345-standby-1' })],
    ['it carries labels of somebody else as well', { ...labelsOf(owner, everything), 'com.example.cost': '4711' }],
  ])('is ours though %s (A11)', (_why, labels) => {
    expect(ownershipOf(labels)).toEqual(ours);
  });

  test.each<[string, Labels]>([
    ['another installation has it', labelsOf({ ...owner, installation: 'prod' })],
    ['another tenant has it', labelsOf({ ...owner, tenantId: 'globex' })],
    ['another database has it', labelsOf({ ...owner, databaseId: 'billingdb234' })],
    ['it has no labels', {}],
    ['somebody else has labelled it', { 'com.docker.compose.project': 'web' }],
    ['something else manages it', { ...labelsOf(owner), 'slipway.managed-by': 'somebody' }],
    ['it is only of our installation', installationLabels(owner.installation)],
  ])('is not ours when %s', (_why, labels) => {
    expect(ownershipOf(labels)).not.toEqual(ours);
  });
});

describe('names', () => {
  test('are computed from ids, and tell whose a thing is', () => {
    expect(networkName(owner)).toBe('slipway-lab-ordersdb2345');
    expect(containerName(owner, 'primary')).toBe('slipway-lab-ordersdb2345-primary');
    expect(volumeName(owner, 'standby-1')).toBe('slipway-lab-ordersdb2345-standby-1');
  });

  test('do not change with the tenant: a database’s id is its own in the whole installation', () => {
    expect(networkName({ ...owner, tenantId: 'globex' })).toBe(networkName(owner));
  });

  // As the store makes it: the first 8 hexadecimal digits of a random UUID.
  const installations = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 8, maxLength: 8 });
  const ids = fc.uint8Array({ minLength: 12, maxLength: 12 }).map(idFrom);
  const instanceNames = fc.constantFrom('primary', 'standby-1', 'standby-2');
  const places = fc.record({ installation: installations, databaseId: ids, instanceName: instanceNames });
  const ownerOf = (place: Omit<Owner, 'tenantId'>): Owner => ({ ...place, tenantId: 'acme' });

  test.each([
    ['network', (place: Owner) => networkName(place)],
    ['container', (place: Owner, instanceName: string) => containerName(place, instanceName)],
    ['volume', (place: Owner, instanceName: string) => volumeName(place, instanceName)],
  ] as const)('of a %s fit Docker, and a DNS label', (_what, nameOf) => {
    fc.assert(
      fc.property(places, (place) => {
        const name = nameOf(ownerOf(place), place.instanceName);
        expect(idSchema.safeParse(place.databaseId).success).toBe(true);
        expect(name).toMatch(/^[a-z0-9][a-z0-9-]{0,61}[a-z0-9]$/);
      }),
    );
  });

  test('of different places differ', () => {
    // Few of each, so that pairs that share a part come up.
    const few = fc.record({
      installation: fc.constantFrom('0123abcd', '0123abce'),
      databaseId: fc.constantFrom('ordersdb2345', 'ordersdb2346'),
      instanceName: instanceNames,
    });
    fc.assert(
      fc.property(few, few, (one, other) => {
        const isSameDatabase = one.installation === other.installation && one.databaseId === other.databaseId;
        const isSamePlace = isSameDatabase && one.instanceName === other.instanceName;
        expect(networkName(ownerOf(one)) === networkName(ownerOf(other))).toBe(isSameDatabase);
        for (const nameOf of [containerName, volumeName]) {
          expect(nameOf(ownerOf(one), one.instanceName) === nameOf(ownerOf(other), other.instanceName)).toBe(
            isSamePlace,
          );
        }
      }),
      { numRuns: 500 },
    );
  });
});
