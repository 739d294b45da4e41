import { z } from 'zod';
import { roleNames } from '../../domain/access/permissions';
import { idSchema } from '../../domain/ids';
import { auditOutcomes } from '../../store/access/audit';
import { at, atOrNull } from '../http/schemas';

// Responses about keys, tenants and the audit.

const keyFields = {
  id: idSchema,
  name: z.string(),
  role: z.enum(roleNames),
  tenantId: z.string().nullable().meta({ description: 'Null for an installation key.' }),
  createdBy: z.string(),
  createdAt: at,
  expiresAt: atOrNull,
  lastUsedAt: atOrNull.meta({ description: 'Accurate to the minute.' }),
  replacedBy: idSchema.nullable().meta({ description: 'The key that replaced this one.' }),
};

export const keySchema = z.strictObject(keyFields).meta({ id: 'Key', description: 'An API key without its secret.' });

export const newKeySchema = z
  .strictObject({ ...keyFields, key: z.string() })
  .meta({ id: 'NewKey', description: 'A new API key with its secret, which is shown only once.' });

export const tenantSchema = z
  .strictObject({ id: z.string(), name: z.string(), createdAt: at })
  .meta({ id: 'Tenant', description: 'An owner of databases, isolated from all other tenants.' });

const textOrNull = z.string().nullable();

export const auditEntrySchema = z
  .strictObject({
    id: z.string().meta({ description: 'A number; later entries have higher numbers.' }),
    tenantId: textOrNull.meta({ description: 'Null for an action on the installation.' }),
    actor: z.string().meta({ examples: ['key:deploy'] }),
    keyId: textOrNull,
    address: textOrNull,
    userAgent: textOrNull,
    action: z.string().meta({ examples: ['database.create'] }),
    resource: z.strictObject({ kind: z.string(), id: z.string(), name: z.string() }),
    outcome: z.enum(auditOutcomes),
    reason: textOrNull.meta({ description: 'The error code, for an action that was refused, failed or cancelled.' }),
    requestId: textOrNull,
    operationId: idSchema.nullable(),
    before: z.unknown(),
    after: z.unknown(),
    at,
  })
  .meta({ id: 'AuditEntry', description: 'An audited action: who did what, and the outcome.' });
