import type { KeyRecord } from '../../store/access/keys';

export function keyView({ id, name, role, tenantId, createdBy, createdAt, ...rest }: KeyRecord): object {
  const { expiresAt, lastUsedAt, replacedBy } = rest;
  return { id, name, role, tenantId, createdBy, createdAt, expiresAt, lastUsedAt, replacedBy };
}
