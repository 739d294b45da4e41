import { createHmac } from 'node:crypto';

/** What of a host the API reads over its worker: only the worker can reach the container engine. */
export interface LogsQuery {
  readonly tenantId: string;
  readonly databaseId: string;
  readonly instanceName: string;
  readonly tail: number;
}

/** The key that the API shows to a host's worker; both derive it from the installation's secret key. */
export function agentKeyOf(secretKey: Buffer): string {
  return createHmac('sha256', secretKey).update('slipway host agent').digest('base64url');
}
