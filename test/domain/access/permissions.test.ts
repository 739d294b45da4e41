import { isPermitted, permissions, roleNames, roles } from '../../../domain/access/permissions';

test('each role may do what the one before it may, and more', () => {
  const [viewer, operator, admin] = roleNames.map((role) => new Set<string>(roles[role]));
  expect([...(viewer ?? [])].every((one) => operator?.has(one))).toBe(true);
  expect([...(operator ?? [])].every((one) => admin?.has(one))).toBe(true);
  expect(roleNames.map((role) => roles[role].length)).toEqual([3, 10, permissions.length]);
});

test.each([
  { permission: 'database:read', roles: ['viewer', 'operator', 'admin'], tenant: true },
  { permission: 'database:connect', roles: ['operator', 'admin'], tenant: true },
  { permission: 'database:delete', roles: ['operator', 'admin'], tenant: true },
  { permission: 'channel:read', roles: ['viewer', 'operator', 'admin'], tenant: true },
  { permission: 'channel:update', roles: ['admin'], tenant: true },
  { permission: 'health_check:read', roles: ['viewer', 'operator', 'admin'], tenant: true },
  { permission: 'health_check:update', roles: ['operator', 'admin'], tenant: true },
  { permission: 'key:read', roles: ['admin'], tenant: true },
  { permission: 'key:create', roles: ['admin'], tenant: true },
  { permission: 'key:delete', roles: ['admin'], tenant: true },
  { permission: 'audit:read', roles: ['admin'], tenant: true },
  { permission: 'host:read', roles: ['admin'], tenant: false },
  { permission: 'host:update', roles: ['admin'], tenant: false },
  { permission: 'tenant:read', roles: ['admin'], tenant: false },
  { permission: 'tenant:create', roles: ['admin'], tenant: false },
  { permission: 'tenant:update', roles: ['admin'], tenant: false },
  { permission: 'tenant:delete', roles: ['admin'], tenant: false },
  { permission: 'metrics:read', roles: ['admin'], tenant: false },
] as const)('$permission: $roles, of a tenant $tenant', ({ permission, roles: allowed, tenant }) => {
  expect(roleNames.filter((role) => isPermitted(role, 'installation', permission))).toEqual(allowed);
  expect(roleNames.filter((role) => isPermitted(role, 'tenant', permission))).toEqual(tenant ? allowed : []);
});
