/** All permissions. Keys of a tenant never have those on the installation (`ofInstallation`). */
export const permissions = [
  'database:read',
  'database:create',
  'database:update',
  'database:delete',
  'database:connect',
  'instance:update',
  'operation:cancel',
  'health_check:read',
  'health_check:update',
  'channel:read',
  'channel:update',
  'key:read',
  'key:create',
  'key:delete',
  'audit:read',
  'host:read',
  'host:update',
  'tenant:read',
  'tenant:create',
  'tenant:update',
  'tenant:delete',
  'metrics:read',
] as const;

export type Permission = (typeof permissions)[number];

const reading: readonly Permission[] = ['database:read', 'health_check:read', 'channel:read'];

const operating: readonly Permission[] = [
  ...reading,
  'database:create',
  'database:update',
  'database:delete',
  'database:connect',
  'instance:update',
  'operation:cancel',
  'health_check:update',
];

/** The permissions of each role; all others are denied. */
export const roles = {
  viewer: reading,
  operator: operating,
  admin: permissions,
} as const satisfies Readonly<Record<string, readonly Permission[]>>;

export type Role = keyof typeof roles;

export const roleNames = Object.keys(roles) as Role[];

/** Permissions on the installation as a whole: its hosts, tenants and metrics. */
const ofInstallation: readonly Permission[] = [
  'host:read',
  'host:update',
  'tenant:read',
  'tenant:create',
  'tenant:update',
  'tenant:delete',
  'metrics:read',
];

/** @param belongsTo whether the caller's key belongs to a tenant or to the installation */
export function isPermitted(role: Role, belongsTo: 'tenant' | 'installation', permission: Permission): boolean {
  const mayRole = (roles[role] as readonly Permission[]).includes(permission);
  return mayRole && (belongsTo === 'installation' || !ofInstallation.includes(permission));
}
