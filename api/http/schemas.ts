import { z } from 'zod';
import { type ErrorCode, errorTable } from '../../domain/errors';

// Schemas shared by the responses of all subjects.

export const at = z.iso.datetime();
export const atOrNull = at.nullable();
export const count = z.int().min(0);
export const countOrNull = count.nullable();
export const errorCode = z.enum(Object.keys(errorTable) as ErrorCode[]);

/** An error that is part of a resource, not the response itself. */
export const causeSchema = z
  .looseObject({ code: errorCode, message: z.string() })
  .meta({ id: 'Cause', description: 'What went wrong: a stable code, a message and further details.' });

export const cause = causeSchema.nullable();

/** One page of a list. */
export function pageSchemaOf<Item extends z.ZodType>(items: Item) {
  return z.strictObject({ items: z.array(items), nextPageToken: z.string().nullable() });
}

export const problemSchema = z
  .looseObject({
    type: z.string().meta({ description: 'A page that explains the code.' }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: errorCode,
    requestId: z.string(),
    errors: z
      .array(z.strictObject({ field: z.string(), expected: z.string(), received: z.string() }))
      .optional()
      .meta({ description: 'Each invalid field, for `invalid_request`.' }),
    currentState: z.string().optional(),
    allowedActions: z.array(z.string()).optional(),
    operationId: z.string().nullable().optional(),
  })
  .meta({ id: 'Problem', description: 'An error (RFC 9457). `code` is stable.' });

export const addressSchema = z.strictObject({ host: z.string(), port: z.int() });
