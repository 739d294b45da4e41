import { defineSearchAttributeKey } from '@temporalio/common';

/** The search attributes by which runs are found in Temporal. Its store has them in plain text: never a secret. */
export const searchAttributes = {
  databaseId: defineSearchAttributeKey('databaseId', 'KEYWORD'),
  databaseName: defineSearchAttributeKey('databaseName', 'KEYWORD'),
  operationId: defineSearchAttributeKey('operationId', 'KEYWORD'),
  operationKind: defineSearchAttributeKey('operationKind', 'KEYWORD'),
  tenant: defineSearchAttributeKey('tenant', 'KEYWORD'),
  phase: defineSearchAttributeKey('phase', 'KEYWORD'),
  host: defineSearchAttributeKey('host', 'KEYWORD'),
};
