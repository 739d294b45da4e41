import { requireAlone } from '../../domain/instances';
import { requestedKinds } from '../../domain/operations/operations';
import { poolModes, roleIn, type SidecarTemplate, sidecarHashOf } from '../../domain/sidecars';
import { hostTaskQueue, originHeader, workflowIdOf } from '../../domain/temporal-names';

test.each(requestedKinds)('a primary alone supports %s, and a standby alone does not', (kind) => {
  expect(() => requireAlone(kind, 'primary')).not.toThrow();
  let refusal: unknown;
  try {
    requireAlone(kind, 'standby');
  } catch (error) {
    refusal = error;
  }
  const advice = kind === 'stop' ? 'promote or remove it instead' : 'request it for its database instead';
  expect(refusal).toMatchObject({
    code: 'state_conflict',
    message: `a standby alone does not support ${kind}: ${advice}`,
    details: { role: 'standby' },
  });
});

// Running workflows and workers of another version rely on these.
test('names in Temporal never change', () => {
  expect(workflowIdOf('abc')).toBe('database-abc');
  expect(hostTaskQueue('north')).toBe('host-north');
  expect(originHeader).toBe('slipway-origin');
});

test('a sidecar is replaced for another image, network or engine, and for nothing else', () => {
  expect(poolModes).toEqual(['session', 'transaction', 'statement']);
  const template: SidecarTemplate = {
    image: 'pooler:1',
    networkName: 'net',
    engineHost: 'db-primary',
    serverName: 'server',
    pool: { mode: 'session', poolSize: 5 },
  };
  const hash = sidecarHashOf(template);
  expect(hash).toMatch(/^[0-9a-f]{16}$/);
  const changes = [{ image: 'pooler:2' }, { networkName: 'other' }, { engineHost: 'db-standby' }];
  for (const change of changes) expect(sidecarHashOf({ ...template, ...change })).not.toBe(hash);
  expect(sidecarHashOf({ ...template, serverName: 'renamed', pool: null })).toBe(hash);
});

test('the name of a container ends in the role of a sidecar, or is of none', () => {
  const names = ['db-primary-pooler', 'db-primary-exporter', 'db-primary', '-pooler-db'];
  expect(names.map(roleIn)).toEqual(['pooler', 'exporter', undefined, undefined]);
});
