import { z } from 'zod';
import { roleNames } from '../../domain/access/permissions';
import { idSchema } from '../../domain/ids';
import { auditOutcomes } from '../../store/access/audit';
import { at, atOrNull } from '../http/schemas';

// Answers about keys, tenants and the audit.

const keyFields = {
  id: idSchema,
  name: z.string(),
  role: z.enum(roleNames),
  tenantId: z.string().nullable().meta({ description: 'Null for a key of the installation.' }),
  createdBy: z.string(),
  createdAt: at,
  expiresAt: atOrNull,
  lastUsedAt: atOrNull.meta({ description: 'To the minute.' }),
  replacedBy: idSchema.nullable().meta({ description: 'The key that took its place.' }),
};

export const keySchema = z
  .strictObject(keyFields)
  .meta({ id: 'Key', description: 'An API key, without what is secret of it.' });

export const newKeySchema = z
  .strictObject({ ...keyFields, key: z.string() })
  .meta({ id: 'NewKey', description: 'An API key as it is shown once.' });

export const tenantSchema = z
  .strictObject({ id: z.string(), name: z.string(), createdAt: at })
  .meta({ id: 'Tenant', description: 'Whose databases are kept apart from all others’.' });

const textOrNull = z.string().nullable();

export const auditEntrySchema = z
  .strictObject({
    id: z.string().meta({ description: 'Its number: later entries have greater ones.' }),
    tenantId: textOrNull.meta({ description: 'Null for what is about the installation.' }),
    actor: z.string().meta({ examples: ['key:deploy'] }),
    keyId: textOrNull,
    address: textOrNull,
    userAgent: textOrNull,
    action: z.string().meta({ examples: ['database.create'] }),
    resource: z.strictObject({ kind: z.string(), id: z.string(), name: z.string() }),
    outcome: z.enum(auditOutcomes),
    reason: textOrNull.meta({ description: 'The code of the error, where it did not succeed.' }),
    requestId: textOrNull,
    operationId: idSchema.nullable(),
    before: z.unknown(),
    after: z.unknown(),
    at,
  })
  .meta({ id: 'AuditEntry', description: 'Who did what, or was refused.' });
